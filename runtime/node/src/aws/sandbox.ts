/**
 * The backend of one Lambda sandbox, from the environment that cdk gives its functions.
 *
 * MOTIA_PREFIX, MOTIA_QUEUE_BASE, MOTIA_STATE_TABLE, MOTIA_STREAM_TABLE, MOTIA_LOCK_TABLE, MOTIA_BUCKET; with
 * AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_SQS (an emulator), queue URLs are asked for instead of built. In a project with
 * streams also MOTIA_WEBSOCKET_ENDPOINT (of a WebSocket API, for PostToConnection) and MOTIA_CONNECTION_TABLE.
 */

import type { Backend } from '../backend.ts'
import { CloudError } from '../errors.ts'
import { jsonLines } from '../lines.ts'
import { AwsClient } from './client.ts'
import { CredentialSource } from './credentials.ts'
import { DynamoClient } from './dynamodb.ts'
import type { Environ } from './endpoints.ts'
import { DynamoLocks } from './locks.ts'
import { Payloads } from './payloads.ts'
import { SqsPublisher } from './publisher.ts'
import { WebSocketPusher } from './push.ts'
import { Queues } from './queues.ts'
import { Rooms } from './rooms.ts'
import { S3Client } from './s3.ts'
import { Sockets } from './sockets.ts'
import { SqsClient } from './sqs.ts'
import { DynamoState } from './state.ts'
import type { Pusher } from './streams.ts'
import { DynamoStreams, LatePusher } from './streams.ts'
import { TimedTable } from './timed_values.ts'
import { warmTls } from './transport.ts'
import { ValueTable } from './values.ts'

/**
 * A Backend, and what only AWS has. queues: to delay a retry. payloads: for events too large for SQS. clients: the way
 * to the clients of streams, undefined where there is none.
 */
export interface AwsBackend extends Backend {
  readonly state: DynamoState
  readonly streams: DynamoStreams
  readonly events: SqsPublisher
  readonly locks: DynamoLocks
  readonly queues: Queues
  readonly payloads: Payloads
  readonly clients: Pusher | undefined
  /** Load now what calls will need: TLS takes a while. */
  warmUp(): void
}

/** pusher: instead of the WebSocket API's. clock: milliseconds, for streams. */
export interface BackendOptions {
  readonly pusher?: Pusher | undefined
  readonly clock?: (() => number) | undefined
}

/** A backend with clients of its own; nothing is called yet. CloudError for what is not set. */
export function openBackend(environ: Environ = process.env, { pusher, clock }: BackendOptions = {}): AwsBackend {
  const credentials = new CredentialSource(environ)
  const client = (service: string, endpoint?: string): AwsClient =>
    new AwsClient(service, { environ, credentials, endpoint })
  const [sqs, dynamodb, s3] = [client('sqs'), client('dynamodb'), client('s3')]
  const [db, objects] = [new DynamoClient(dynamodb), new S3Client(s3)]
  const bucket = required(environ, 'MOTIA_BUCKET')
  const queueBase = sqs.endpoint.custom ? undefined : required(environ, 'MOTIA_QUEUE_BASE')
  const queues = new Queues(new SqsClient(sqs), queueBase)
  const payloads = new Payloads(objects, bucket)
  const logs = jsonLines
  const clients = pusher ?? (environ['MOTIA_WEBSOCKET_ENDPOINT'] ? new LatePusher(webSocket) : undefined)
  const [state, items] = [required(environ, 'MOTIA_STATE_TABLE'), required(environ, 'MOTIA_STREAM_TABLE')]
  const values = new ValueTable(db, objects, { table: state, sort: 'key', bucket, prefix: 'state/' })
  const timed = new TimedTable(db, objects, { table: items, sort: 'id', bucket, prefix: 'streams/' })

  function webSocket(): Pusher {
    const sockets = new Sockets(client('execute-api', required(environ, 'MOTIA_WEBSOCKET_ENDPOINT')))
    return new WebSocketPusher(new Rooms(db, required(environ, 'MOTIA_CONNECTION_TABLE')), sockets, logs)
  }

  return {
    state: new DynamoState(values),
    streams: new DynamoStreams(timed, clients, clock),
    events: new SqsPublisher(queues, payloads, required(environ, 'MOTIA_PREFIX')),
    logs,
    locks: new DynamoLocks(db, required(environ, 'MOTIA_LOCK_TABLE')),
    queues,
    payloads,
    clients,
    warmUp: () => {
      if ([sqs, dynamodb, s3].some(({ endpoint }) => endpoint.tls)) warmTls()
    },
  }
}

function required(environ: Environ, name: string): string {
  const value = environ[name]
  if (value) return value
  throw new CloudError(`${name} is not set`, {
    where: 'environment of the function',
    remedy: 'deploy the Step with motia cloud deploy, which sets it',
  })
}

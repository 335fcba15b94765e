/**
 * Where AWS credentials come from inside Lambda and a container: the environment, or the container's endpoint.
 *
 * Variables and rules are those of "AWS SDKs and Tools Reference Guide: environment variables; container credential
 * provider". Secrets appear in no error and in no log record.
 */

import { CloudError } from '../errors.ts'
import { fsModule } from './builtins.ts'
import type { Endpoint, Environ } from './endpoints.ts'
import { parseEndpoint } from './endpoints.ts'
import type { Response } from './response.ts'
import { TransportError } from './response.ts'
import { HttpPool } from './transport.ts'

const ECS_HOST = '169.254.170.2'
const PLAIN_HTTP_HOSTS = [ECS_HOST, '169.254.170.23', 'fd00:ec2::23', 'localhost']
const REFRESH_S = 15 * 60 // from here on one caller renews while the others go on with what they have
const MUST_REFRESH_S = 5 * 60 // from here on everybody waits for the new ones
const RETRY_REFRESH_S = 30
const ATTEMPTS = 3
const ENDPOINT_TIMEOUT_S = 2

/** There are no usable credentials. */
export class CredentialsError extends CloudError {
  static {
    Object.defineProperty(this.prototype, 'name', { value: 'CredentialsError' })
  }
}

/** An access key. expires: seconds since the epoch. Its secrets are not enumerable, so that no log shows them. */
export class Credentials {
  readonly accessKey: string
  readonly #secretKey: string
  readonly #token: string
  readonly expires: number | undefined

  constructor(accessKey: string, secretKey: string, token = '', expires?: number) {
    this.accessKey = accessKey
    this.#secretKey = secretKey
    this.#token = token
    this.expires = expires
  }

  get secretKey(): string {
    return this.#secretKey
  }

  get token(): string {
    return this.#token
  }
}

/** Gives valid credentials, fetching and renewing them when needed. clock: seconds. pause: waits seconds. */
export class CredentialSource {
  readonly #environ: Environ
  readonly #clock: () => number
  readonly #pause: (seconds: number) => Promise<void>
  #current: Credentials | undefined
  #loading: Promise<Credentials> | undefined
  #nextTry = 0

  constructor(environ: Environ = process.env, clock = now, pause = sleep) {
    this.#environ = environ
    this.#clock = clock
    this.#pause = pause
  }

  /** Credentials good for some minutes. CredentialsError. */
  async get(): Promise<Credentials> {
    const current = this.#current
    if (!current) return this.#load()
    if (current.expires === undefined) return current
    const now = this.#clock()
    const left = current.expires - now
    if (left > REFRESH_S || (left > 0 && now < this.#nextTry)) return current
    return this.#renew(current, left <= MUST_REFRESH_S)
  }

  /** Forget credentials that AWS refused as expired; true if another try has a chance with different ones. */
  async expire(refused: Credentials): Promise<boolean> {
    if (this.#current !== refused) return true
    const fresh = await this.#load()
    return fresh.accessKey !== refused.accessKey || fresh.token !== refused.token
  }

  async #renew(old: Credentials, wait: boolean): Promise<Credentials> {
    if (this.#loading && !wait) return old
    this.#nextTry = this.#clock() + RETRY_REFRESH_S
    try {
      return await this.#load()
    } catch (error) {
      if (old.expires !== undefined && old.expires > this.#clock()) return old
      throw error
    }
  }

  /** Whoever asks while they are fetched gets the same ones. */
  #load(): Promise<Credentials> {
    this.#loading ??= this.#find().then(
      (found) => {
        this.#loading = undefined
        this.#current = found
        return found
      },
      (error: unknown) => {
        this.#loading = undefined
        throw error
      },
    )
    return this.#loading
  }

  async #find(): Promise<Credentials> {
    const env = this.#environ
    const [accessKey, secretKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
    if (accessKey && secretKey) return new Credentials(accessKey, secretKey, env['AWS_SESSION_TOKEN'] ?? '')
    const relative = env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']
    const url = relative ? `http://${ECS_HOST}${relative}` : env['AWS_CONTAINER_CREDENTIALS_FULL_URI']
    if (url) return this.#fetch(parseEndpoint(url))
    throw new CredentialsError('there are no AWS credentials', {
      where: 'environment',
      allowed:
        'AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or ' +
        'AWS_CONTAINER_CREDENTIALS_FULL_URI',
      remedy: 'run inside Lambda or a container with a role, or set the variables',
    })
  }

  async #fetch(endpoint: Endpoint): Promise<Credentials> {
    if (!endpoint.tls && !plainHttpAllowed(endpoint.host)) {
      throw new CredentialsError(`credentials are not fetched from '${endpoint.host}' without TLS`, {
        where: 'AWS_CONTAINER_CREDENTIALS_FULL_URI',
        allowed: `https, a loopback address, or ${PLAIN_HTTP_HOSTS.join(', ')}`,
      })
    }
    const pool = new HttpPool({ ...endpoint, connectTimeoutS: ENDPOINT_TIMEOUT_S, readTimeoutS: ENDPOINT_TIMEOUT_S })
    const headers = { host: pool.hostHeader, accept: 'application/json', ...this.#authorization() }
    let reason = ''
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (attempt) await this.#pause(1)
        try {
          const target = endpoint.path || '/'
          const response = await pool.request({ method: 'GET', target, headers, idempotent: true })
          if (response.status === 200) return parse(response)
          reason = `it answered ${response.status}`
        } catch (error) {
          if (!(error instanceof TransportError)) throw error
          reason = error.what
        }
      }
    } finally {
      pool.close()
    }
    const what = `the container's credential endpoint gave nothing: ${reason}`
    throw new CredentialsError(what, { where: endpoint.host })
  }

  #authorization(): Record<string, string> {
    const path = this.#environ['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE']
    let token = this.#environ['AWS_CONTAINER_AUTHORIZATION_TOKEN']
    if (path) {
      try {
        token = fsModule().readFileSync(path, 'latin1') // read each time: EKS rotates it
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code
        throw new CredentialsError(`the authorization token cannot be read: ${code}`, { where: path })
      }
    }
    if (!token) return {}
    if (!/^[\x20-\x7e]*$/.test(token)) {
      throw new CredentialsError('the authorization token holds a line break or another character no header may have', {
        where: path || 'AWS_CONTAINER_AUTHORIZATION_TOKEN',
      })
    }
    return { authorization: token }
  }
}

function plainHttpAllowed(host: string): boolean {
  return PLAIN_HTTP_HOSTS.includes(host) || /^127(\.\d{1,3}){3}$/.test(host) || host === '::1'
}

function parse(response: Response): Credentials {
  let raw: Record<string, unknown> = {}
  let expires = Number.NaN
  try {
    raw = JSON.parse(response.body.toString()) as Record<string, unknown>
    expires = Date.parse(zoned(String(raw['Expiration']))) / 1000
  } catch {
    expires = Number.NaN // what came back may hold half a secret: neither it nor the parser's words are shown
  }
  const [accessKey, secretKey, token] = [raw?.['AccessKeyId'], raw?.['SecretAccessKey'], raw?.['Token']]
  if (!isText(accessKey) || !isText(secretKey) || !isText(token) || Number.isNaN(expires)) {
    throw new CredentialsError("the container's credential endpoint did not answer with credentials", {
      allowed: 'JSON with AccessKeyId, SecretAccessKey, Token and Expiration',
    })
  }
  return new Credentials(accessKey, secretKey, token, expires)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

/** An ISO 8601 time without a zone is UTC. */
function zoned(text: string): string {
  return /([zZ]|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`
}

function now(): number {
  return Date.now() / 1000
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

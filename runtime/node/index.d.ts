/**
 * The types of Motia: what TypeScript and JavaScript Steps import from 'motia' or '@motiadev/core'.
 *
 * `motia generate-types` adds the Steps and streams of a project to `Handlers`, `FlowContextStateStreams` and
 * `StreamAuthContext`, in its `types.d.ts`.
 */

// ---------------------------------------------------------------------------------------------- added to by types.d.ts

/** The handlers of a project's Steps, by the names of the Steps. */
export interface Handlers {}

/** The streams of a project, by their names. */
export interface FlowContextStateStreams {}

/** What `authenticate` in motia.config.ts returns, and `canAccess` is given. */
export interface StreamAuthContext {}

// ------------------------------------------------------------------------------------------------------------- schemas

/** What zod (3.24 and later, 4), valibot, arktype and others have in common: https://standardschema.dev */
export interface StandardSchema<TOutput = unknown> {
  readonly '~standard': {
    readonly version: number
    readonly vendor: string
    readonly types?: { readonly input: unknown; readonly output: TOutput } | undefined
  }
}

export interface JsonSchema {
  readonly $schema?: string
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, unknown>>
  readonly title?: string
  readonly description?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, unknown>>
  readonly required?: readonly string[]
  readonly additionalProperties?: unknown
  readonly items?: unknown
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly unknown[]
  readonly oneOf?: readonly unknown[]
  readonly allOf?: readonly unknown[]
  readonly [keyword: string]: unknown
}

/** A schema of a library, or JSON Schema. It describes; data is not checked against it. */
export type StepSchema = StandardSchema | JsonSchema | object

/** The type of what a schema describes; unknown for JSON Schema. */
export type InferSchema<TSchema> = TSchema extends { readonly '~standard': { readonly types?: infer TTypes } }
  ? NonNullable<TTypes> extends { readonly output: infer TOutput }
    ? TOutput
    : unknown
  : TSchema extends { readonly _output: infer TOutput }
    ? TOutput
    : unknown

// ------------------------------------------------------------------------------------------------------------- configs

/** A topic, with what diagrams say about it. */
export type Emit = string | { topic: string; label?: string; conditional?: boolean }

export type ApiRouteMethod = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS' | 'HEAD'

export interface QueryParam {
  name: string
  description?: string
}

interface BaseConfig {
  /** Unique among the Steps of the project. */
  name: string
  description?: string
  /** The flows whose diagrams show the Step. */
  flows?: readonly string[]
}

interface RunningConfig extends BaseConfig {
  /** The topics that the Step may emit. */
  emits: readonly Emit[]
  /** Topics for diagrams alone. */
  virtualEmits?: readonly Emit[]
  /** Topics for diagrams alone. */
  virtualSubscribes?: readonly string[]
  /** Files the Step reads when it runs: paths and globs, relative to the Step's file. */
  includeFiles?: readonly string[]
}

export interface ApiRouteConfig extends RunningConfig {
  type: 'api'
  /** `/users`, `/users/:id`, `/users/:id?` or `/files/*`. */
  path: string
  method: ApiRouteMethod
  bodySchema?: StepSchema | null
  /** Schemas of responses, by status. */
  responseSchema?: Readonly<Record<number | string, StepSchema | null>>
  queryParams?: readonly QueryParam[]
  /** Run before the handler, in this order. */
  middleware?: readonly ApiMiddleware<any, any, any>[]
}

export interface EventConfig extends RunningConfig {
  type: 'event'
  subscribes: readonly string[]
  input?: StepSchema | null
  infrastructure?: InfrastructureConfig
}

export interface CronConfig extends RunningConfig {
  type: 'cron'
  /** Five fields, such as `0 9 * * *`; six with seconds at the front, which AWS does not have. */
  cron: string
  /** Such as `Europe/Vienna`; UTC without it. */
  timezone?: string
}

/** A Step without code, for diagrams. */
export interface NoopConfig extends BaseConfig {
  type: 'noop'
  virtualEmits: readonly Emit[]
  virtualSubscribes: readonly string[]
}

export type StepConfig = ApiRouteConfig | EventConfig | CronConfig | NoopConfig

export interface HandlerConfig {
  /** Memory in MB, 128 to 10240. */
  ram: number
  /** vCPUs; follows from `ram` without it. */
  cpu?: number
  /** Seconds, 1 to 900. */
  timeout: number
}

/** How events wait for a Step. */
export interface QueueConfig {
  /** fifo: events of one `messageGroupId` are handled in order. */
  type: 'standard' | 'fifo'
  /** How often a failed event is tried again. */
  maxRetries: number
  /** Seconds after which an event whose handler has not ended is tried again; more than the handler's timeout. */
  visibilityTimeout: number
  /** Seconds before an event is handled, 0 to 900. */
  delaySeconds?: number
  /** How many events are handled at a time. */
  concurrency?: number
}

export interface InfrastructureConfig {
  handler?: Partial<HandlerConfig>
  queue?: Partial<QueueConfig>
}

/** What a client wants to follow: a group, or with `id` one item of it. */
export interface StreamSubscription {
  groupId: string
  id?: string
}

type AuthContext = keyof StreamAuthContext extends never ? any : StreamAuthContext

export interface StreamConfig {
  /** The name in `ctx.streams`. */
  name: string
  schema: StepSchema
  baseConfig?: { storageType: 'default' }
  description?: string
  /** Whether a client may follow; `authContext` is what `authenticate` returned. Without it everybody may. */
  canAccess?(subscription: StreamSubscription, authContext: AuthContext): boolean | Promise<boolean>
}

// ------------------------------------------------------------------------------------------------------------- context

/**
 * Sends an event to the Steps that subscribe to its topic; when it resolves, the event is not lost. messageGroupId:
 * events of one group are handled in order by Steps with a FIFO queue, which need it.
 */
export type Emitter<TData> = (event: Grouped<TData>) => Promise<void>

type Grouped<TData> = TData extends unknown ? TData & { messageGroupId?: string } : never

/** Writes records with the name of the Step and the trace id; `args` become part of the record. */
export interface Logger {
  debug(message: string, args?: unknown): void
  info(message: string, args?: unknown): void
  warn(message: string, args?: unknown): void
  error(message: string, args?: unknown): void
  /** Call `listener` for every record written from now on. */
  addListener(listener: (level: string, message: string, args?: unknown) => void): void
}

/** Values shared by all Steps, by group and key. */
export interface InternalStateManager {
  /** The value, or null. */
  get<T = any>(groupId: string, key: string): Promise<T | null>
  /** Store the value and return it. */
  set<T = any>(groupId: string, key: string, value: T): Promise<T>
  /** Remove the value and return it, or null. */
  delete<T = any>(groupId: string, key: string): Promise<T | null>
  /** All values of the group. */
  getGroup<T = any>(groupId: string): Promise<T[]>
  /** Remove all values of the group. */
  clear(groupId: string): Promise<void>
}

/** An item of a stream: the stored object with its `id`. */
export type BaseStreamItem<TData = unknown> = TData & { id: string }

/** Whom an event of a stream is for: everybody in a group, or with `id` the subscribers of an item as well. */
export interface StreamChannel {
  groupId: string
  id?: string
}

/** An event that is not kept. */
export interface StreamEvent<TData = unknown> {
  type: string
  data: TData
}

/** Live data: what is set and deleted is told to the clients that follow. */
export interface MotiaStream<TData> {
  /** The item, or null. */
  get(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  /** Create or replace an item and return it. */
  set(groupId: string, id: string, data: TData): Promise<BaseStreamItem<TData>>
  /** Remove an item and return it, or null. */
  delete(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  /** The items of a group, oldest first. */
  getGroup(groupId: string): Promise<BaseStreamItem<TData>[]>
  /** Tell those who follow the channel an event that is not kept. */
  send<TEvent = unknown>(channel: StreamChannel, event: StreamEvent<TEvent>): Promise<void>
}

/** What every handler works with. */
export interface FlowContext<TEmitData = never> {
  emit: Emitter<TEmitData>
  logger: Logger
  state: InternalStateManager
  streams: FlowContextStateStreams
  /** The same for all that follows from one request or tick. */
  traceId: string
  flows: string[]
}

// ------------------------------------------------------------------------------------------------------------ handlers

/** Buffer, where the types of Node are there. */
export type Bytes = typeof globalThis extends { Buffer: { prototype: infer TBuffer } } ? TBuffer : Uint8Array

export interface ApiRequest<TBody = unknown> {
  /** Such as `id` of `/users/:id`. */
  pathParams: Record<string, string>
  queryParams: Record<string, string | string[]>
  /** Read by its content type: JSON, a form, text, or the bytes. */
  body: TBody
  /** As it was sent: a string when it is text, else the bytes. */
  rawBody: string | Bytes
  /** By lower-case name. */
  headers: Record<string, string | string[]>
}

type HeaderValue = string | number | boolean

interface ResponseHead<TStatus> {
  status: TStatus
  headers?: Record<string, HeaderValue | readonly HeaderValue[] | null | undefined>
}

/** What an API Step returns. body: JSON, a string, or bytes. */
export type ApiResponse<TStatus extends number = number, TBody = any> = ResponseHead<TStatus> &
  (undefined extends TBody ? { body?: TBody } : { body: TBody })

export type ApiRouteHandler<TBody = unknown, TResult = ApiResponse, TEmitData = never> = (
  req: ApiRequest<TBody>,
  ctx: FlowContext<TEmitData>,
) => Promise<TResult> | TResult

export type EventHandler<TInput = unknown, TEmitData = never> = (
  input: TInput,
  ctx: FlowContext<TEmitData>,
) => Promise<void> | void

export type CronHandler<TEmitData = never> = (ctx: FlowContext<TEmitData>) => Promise<void> | void

/** Runs around a handler: `next()` goes on, and what the middleware returns is the response. */
export type ApiMiddleware<TBody = any, TEmitData = any, TResult = any> = (
  req: ApiRequest<TBody>,
  ctx: FlowContext<TEmitData>,
  next: () => Promise<ApiResponse<number, TResult>>,
) => Promise<ApiResponse<number, TResult>> | ApiResponse<number, TResult>

type AnyEmit = { topic: string; data: any; messageGroupId?: string }

/** The handler that fits a config: `StepHandler<typeof config>`. */
export type StepHandler<TConfig> = TConfig extends { type: 'api' }
  ? ApiRouteHandler<TConfig extends { bodySchema: infer TSchema } ? InferSchema<TSchema> : any, ApiResponse, AnyEmit>
  : TConfig extends { type: 'event' }
    ? EventHandler<TConfig extends { input: infer TSchema } ? InferSchema<TSchema> : any, AnyEmit>
    : TConfig extends { type: 'cron' }
      ? CronHandler<AnyEmit>
      : never

// ------------------------------------------------------------------------------------------------------------ adapters

export interface StateItem {
  groupId: string
  key: string
  type: 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null'
  value: unknown
}

/** Which items: those of one group, or all. traceId: the same as groupId. */
export interface StateItemsInput {
  groupId?: string
  traceId?: string
}

/** Keeps the values of `ctx.state`. */
export interface StateAdapter extends InternalStateManager {
  get<T>(groupId: string, key: string): Promise<T | null>
  set<T>(groupId: string, key: string, value: T): Promise<T>
  delete<T>(groupId: string, key: string): Promise<T | null>
  getGroup<T>(groupId: string): Promise<T[]>
  clear(groupId: string): Promise<void>
  /** Release connections and files; what is stored stays. */
  cleanup(): Promise<void>
  /** The keys of a group. */
  keys(groupId: string): Promise<string[]>
  /** The groups that have values. */
  traceIds(): Promise<string[]>
  /** The values with their places. */
  items(input: StateItemsInput): Promise<StateItem[]>
}

export type StreamEventHandler<TData = unknown> = (event: StreamEvent<TData>) => void | Promise<void>

/** where: fields that must be equal. offset, limit: how many are left out, and how many follow at most. */
export interface StreamFilter<TData = unknown> {
  where?: Partial<TData>
  orderBy?: keyof TData
  orderDirection?: 'asc' | 'desc'
  offset?: number
  limit?: number
}

/** Keeps the items of one stream; made once for each stream, with its name. */
export abstract class StreamAdapter<TData> {
  readonly streamName: string
  constructor(streamName: string)

  abstract get(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  abstract set(groupId: string, id: string, data: TData): Promise<BaseStreamItem<TData>>
  abstract delete(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  abstract getGroup(groupId: string): Promise<BaseStreamItem<TData>[]>

  send(channel: StreamChannel, event: StreamEvent): Promise<void>
  subscribe(channel: StreamChannel, handler: StreamEventHandler): Promise<void>
  unsubscribe(channel: StreamChannel): Promise<void>
  clear(groupId: string): Promise<void>
  query(groupId: string, filter: StreamFilter<TData>): Promise<BaseStreamItem<TData>[]>
}

/** An emitted event. timestamp: milliseconds since the epoch. flows: of the Step that emitted. */
export interface Event<TData = unknown> {
  topic: string
  data: TData
  timestamp?: number
  traceId?: string
  flows?: string[]
  messageGroupId?: string
}

export interface SubscriptionHandle {
  topic: string
  id: string
  unsubscribe: () => Promise<void>
}

/** Carries events from the Steps that emit them to those that subscribe. */
export interface EventAdapter {
  /** Deployed Steps may emit to it: something brings the events on to the Steps' queues. */
  readonly usableOnAws?: boolean
  emit<TData>(event: Event<TData>): Promise<void>
  /** A handler that throws has failed and is called again, up to `options.maxRetries` times. */
  subscribe<TData>(
    topic: string,
    stepName: string,
    handler: (event: Event<TData>) => void | Promise<void>,
    options?: QueueConfig,
  ): Promise<SubscriptionHandle>
  unsubscribe(handle: SubscriptionHandle): Promise<void>
  shutdown(): Promise<void>
  getSubscriptionCount(topic: string): Promise<number>
  listTopics(): Promise<string[]>
}

/** A lock that is held. Times are milliseconds since the epoch. */
export interface CronLockInfo {
  jobName: string
  instanceId: string
  acquiredAt: number
  expiresAt: number
}

export interface CronLock extends CronLockInfo {
  /** Tells this acquisition from every other. */
  lockId: string
}

/** Gives out the locks that let a tick of a schedule run once. ttl: milliseconds. */
export interface CronAdapter {
  acquireLock(jobName: string, ttl: number): Promise<CronLock | null>
  releaseLock(lock: CronLock): Promise<void>
  renewLock(lock: CronLock, ttl: number): Promise<boolean>
  isHealthy(): Promise<boolean>
  shutdown(): Promise<void>
  getActiveLocks(): Promise<CronLockInfo[]>
}

/** Values by group, then key or id. */
type Groups<T> = Map<string, Map<string, T>>

/** State in a map, for tests. */
export class MemoryStateAdapter implements StateAdapter {
  constructor(groups?: Groups<unknown>)
  get<T>(groupId: string, key: string): Promise<T | null>
  set<T>(groupId: string, key: string, value: T): Promise<T>
  delete<T>(groupId: string, key: string): Promise<T | null>
  getGroup<T>(groupId: string): Promise<T[]>
  clear(groupId: string): Promise<void>
  cleanup(): Promise<void>
  keys(groupId: string): Promise<string[]>
  traceIds(): Promise<string[]>
  items(input: StateItemsInput): Promise<StateItem[]>
}

/** The items of a stream in a map, for tests. */
export class MemoryStreamAdapter<TData = Record<string, unknown>> extends StreamAdapter<TData> {
  constructor(streamName: string, groups?: Groups<BaseStreamItem<TData>>)
  get(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  set(groupId: string, id: string, data: TData): Promise<BaseStreamItem<TData>>
  delete(groupId: string, id: string): Promise<BaseStreamItem<TData> | null>
  getGroup(groupId: string): Promise<BaseStreamItem<TData>[]>
}

/** Events in memory, for tests, with retries, delays and message groups. */
export class MemoryEventAdapter implements EventAdapter {
  constructor(bus?: Map<string, never>, options?: { readonly retryDelayMs?: number })
  /** What failed all its attempts. */
  readonly givenUp: { readonly stepName: string; readonly event: Event; readonly error: string }[]
  emit<TData>(event: Event<TData>): Promise<void>
  subscribe<TData>(
    topic: string,
    stepName: string,
    handler: (event: Event<TData>) => void | Promise<void>,
    options?: QueueConfig,
  ): Promise<SubscriptionHandle>
  unsubscribe(handle: SubscriptionHandle): Promise<void>
  shutdown(): Promise<void>
  getSubscriptionCount(topic: string): Promise<number>
  listTopics(): Promise<string[]>
  /** Resolves when no event waits or runs. */
  whenIdle(): Promise<void>
}

/** Locks in a map, for tests. clock: milliseconds since the epoch. */
export class MemoryCronAdapter implements CronAdapter {
  constructor(locks?: Map<string, CronLock>, clock?: () => number)
  readonly instanceId: string
  acquireLock(jobName: string, ttl: number): Promise<CronLock | null>
  releaseLock(lock: CronLock): Promise<void>
  renewLock(lock: CronLock, ttl: number): Promise<boolean>
  isHealthy(): Promise<boolean>
  shutdown(): Promise<void>
  getActiveLocks(): Promise<CronLockInfo[]>
}

// ----------------------------------------------------------------------------------------------------- motia.config.ts

export interface StreamAuthRequest {
  /** By lower-case name. */
  headers: Record<string, string | undefined>
  /** The target of the request, such as `/?authToken=x`. */
  url: string
}

type Awaitable<T> = T | Promise<T>

export interface StreamAuthConfig {
  /** Schema of what `authenticate` returns. */
  contextSchema?: StepSchema
  /** Called when a client connects; an error refuses it. */
  authenticate(request: StreamAuthRequest): Awaitable<StreamAuthContext | null | undefined | void>
}

type Make<TAdapter> = TAdapter | (new () => TAdapter) | (() => TAdapter)

export interface AdapterConfig {
  state?: Make<StateAdapter>
  streams?:
    | (new (streamName: string) => StreamAdapter<any>)
    | ((streamName: string) => StreamAdapter<any>)
    | { createStream(streamName: string): StreamAdapter<any> }
  events?: Make<EventAdapter>
  cron?: Make<CronAdapter>
}

/** The default export of motia.config.ts. */
export interface Config {
  adapters?: AdapterConfig
  streamAuth?: StreamAuthConfig
  /** Without effect here. */
  plugins?: readonly unknown[]
  /** Without effect here. */
  redis?: object
  /** Without effect here. */
  app?: (app: any) => void
}

export function config(config: Config): Config
export { config as defineConfig }

// -------------------------------------------------------------------------------------------------------------- errors

/** Base of the errors that Motia throws. `message` is all of the rest in one line. */
export class MotiaError extends Error {
  constructor(what: string, details?: { readonly where?: string; readonly allowed?: string; readonly remedy?: string })
  readonly what: string
  readonly where: string | undefined
  readonly allowed: string | undefined
  readonly remedy: string | undefined
}
/** A Step used its context wrongly. */
export class StepError extends MotiaError {}
/** An event was not sent. */
export class EmitError extends StepError {}
/** A state call was refused. */
export class StateError extends StepError {}
/** A stream call was refused. */
export class StreamError extends StepError {}
/** The context was asked for a stream that no file declares. */
export class UnknownStreamError extends StreamError {}
/** What a client sent cannot be read. */
export class RequestError extends StepError {
  readonly status: number
}
/** What a handler returned cannot become an HTTP response. */
export class ResponseError extends StepError {}

/** As `motia generate-types` writes it. */
import { EventHandler, ApiRouteHandler, ApiResponse, MotiaStream, CronHandler } from 'motia'

declare module 'motia' {
  interface FlowContextStateStreams {
    'chatMessages': MotiaStream<{ text: string; author: string; at?: string }>
  }

  interface Handlers {
    'CreateUser': ApiRouteHandler<{ name: string; age?: number }, ApiResponse<201, { id: string; kind: 'a' | 'b' }> | ApiResponse<400, { error: string }> | ApiResponse<204, unknown>, { topic: 'user.created'; data: { id: string; opt?: number } } | { topic: 'fifo.t'; data: Array<{ a: string }>; messageGroupId: string }>
    'Anything': ApiRouteHandler<Record<string, unknown>, unknown, never>
    'ProcessUser': EventHandler<{ id: string; opt?: number }, never>
    'NoInput': EventHandler<never, never>
    'Nightly': CronHandler<{ topic: 'user.created'; data: { id: string; opt?: number } }>
    'It\'s': CronHandler<never>
  }

  interface StreamAuthContext {
    userId: string
    roles?: Array<string>
  }
}

/** Content-Encoding, undone. */

import type * as zlib from 'node:zlib'

import { zlibModule } from './builtins.ts'
import { RequestError } from './errors.ts'
import { quoted } from './kinds.ts'

const ENCODINGS = ['gzip', 'x-gzip', 'deflate', 'identity']

interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

/** The bytes behind one encoding; undefined when they are more than `limit`. RequestError with status 415 or 400. */
export function inflate(encoding: string, data: Buffer, limit: number): Buffer | undefined {
  if (encoding === '' || encoding === 'identity') return data
  if (!ENCODINGS.includes(encoding)) {
    const allowed = ENCODINGS.join(', ')
    throw new RequestError(`Unsupported content encoding ${quoted(encoding)}`, { status: 415, allowed })
  }
  const { inflateRawSync, unzipSync } = zlibModule()
  try {
    return members(data, unzipSync, limit)
  } catch (bad) {
    if (encoding !== 'deflate' || !isZlibError(bad)) throw asRefusal(bad, encoding)
  }
  try {
    return members(data, inflateRawSync, limit) // some clients send deflate without the zlib header
  } catch (bad) {
    throw asRefusal(bad, 'deflate')
  }
}

/** All members of a gzip file, or the one zlib stream; never more than `limit` bytes in memory. */
function members(data: Buffer, decode: typeof zlib.unzipSync, limit: number): Buffer | undefined {
  const found: Buffer[] = []
  let size = 0
  for (let rest = data; rest.length;) {
    let part: Inflated
    try {
      part = decode(rest, { info: true, maxOutputLength: limit - size + 1 }) as unknown as Inflated
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined
      throw error
    }
    found.push(part.buffer)
    size += part.buffer.length
    if (size > limit) return undefined
    rest = rest.subarray(part.engine.bytesWritten)
  }
  return found.length === 1 ? found[0] : Buffer.concat(found)
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('Z_')
}

function asRefusal(error: unknown, encoding: string): unknown {
  if (!isZlibError(error)) return error
  const short = error.code === 'Z_BUF_ERROR'
  const detail = short ? 'the data ends too early' : `Error ${error.errno} while decompressing data: ${error.message}`
  return new RequestError(`Body is not valid ${encoding}: ${detail}`, { status: 400 })
}

/**
 * The frames between the server and a worker (docs/worker-protocol.md).
 *
 * A frame is two unsigned 32-bit big-endian numbers, the lengths in bytes of header and body, then the header (one JSON
 * object in UTF-8) and the body (raw bytes, often none).
 */

export const VERSION = 1
export const LIMIT = 64 * 1024 * 1024 // bytes of header and body together; a longer frame is a protocol error
export const LENGTHS = 8 // bytes in front of a header

/** `t` is the type; what else there is depends on it. */
export interface Header {
  readonly t: string
  readonly [key: string]: unknown
}

export interface Frame {
  readonly header: Header
  readonly body: Buffer
}

const NOTHING = Buffer.alloc(0)

/** The bytes received are not frames; nothing after them can be trusted. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

/** The error of a frame that is too large to be sent. */
export function tooLarge(size: number): FrameError {
  return new FrameError(`a frame of ${size} bytes is over the limit of ${LIMIT}`)
}

/** One frame. FrameError when it is over the limit. */
export function encode(header: Header, body: Uint8Array = NOTHING): Buffer {
  const text = Buffer.from(JSON.stringify(header))
  if (text.length + body.length > LIMIT) throw tooLarge(text.length + body.length)
  const lengths = Buffer.allocUnsafe(LENGTHS)
  lengths.writeUInt32BE(text.length, 0)
  lengths.writeUInt32BE(body.length, 4)
  return Buffer.concat([lengths, text, body])
}

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #waiting: Buffer[] = []
  #size = 0
  #wanted = LENGTHS; // bytes without which no frame can be complete: spares re-reading a growing buffer

  /** The frames that `data` completes. FrameError when it is not frames. */
  *feed(data: Buffer): Generator<Frame> {
    this.#waiting.push(data)
    this.#size += data.length
    if (this.#size < this.#wanted) return
    const bytes = this.#waiting.length === 1 ? data : Buffer.concat(this.#waiting, this.#size)
    let at = 0
    this.#wanted = LENGTHS
    while (bytes.length - at >= LENGTHS) {
      const textLength = bytes.readUInt32BE(at)
      const bodyLength = bytes.readUInt32BE(at + 4)
      if (textLength + bodyLength > LIMIT) throw tooLarge(textLength + bodyLength)
      const middle = at + LENGTHS + textLength
      const end = middle + bodyLength
      if (end > bytes.length) {
        this.#wanted = end - at
        break
      }
      yield { header: decode(bytes.subarray(at + LENGTHS, middle)), body: bytes.subarray(middle, end) }
      at = end
    }
    this.#size = bytes.length - at
    this.#waiting = this.#size ? [bytes.subarray(at)] : []
  }
}

function decode(bytes: Buffer): Header {
  let header: unknown
  try {
    const text = bytes.toString()
    header = JSON.parse(text.includes('\ufffd') ? withHalves(bytes) : text)
  } catch (wrong) {
    throw new FrameError(`a header is not JSON: ${(wrong as Error).message}`)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new FrameError('a header is not a JSON object')
  }
  return header as Header
}

/** The text of a header that may hold half a surrogate pair: three bytes that are not UTF-8, and "\ud800" in JSON. */
function withHalves(bytes: Buffer): string {
  const text = bytes
    .toString('latin1')
    .replace(/\xed([\xa0-\xbf])([\x80-\xbf])/g, (_, second: string, third: string) => {
      const code = 0xd000 | ((second.charCodeAt(0) & 0x3f) << 6) | (third.charCodeAt(0) & 0x3f)
      return `\\u${code.toString(16)}`
    })
  return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'))
}

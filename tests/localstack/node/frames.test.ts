/** The frames of docs/worker-protocol.md, as Node writes and reads them. */

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Budget } from '@motia/local/budget.ts'
import { encode, FrameError, FrameReader, LIMIT, type Frame } from '@motia/local/frames.ts'
import { Outbox, outboxMemory } from '@motia/local/outbox.ts'

const FRAMES: Frame[] = [
  { header: { t: 'a' }, body: Buffer.alloc(0) },
  { header: { t: 'b', text: 'ä\ud800\u{1f600}', list: [1, null, { x: -0.5 }] }, body: Buffer.from([0, 255]) },
  { header: { t: 'c', text: 'x'.repeat(5000) }, body: Buffer.alloc(9000, 7) },
]

function lengths(header: number, body: number): Buffer {
  const made = Buffer.alloc(8)
  made.writeUInt32BE(header, 0)
  made.writeUInt32BE(body, 4)
  return made
}

function plain(frames: Iterable<Frame>): unknown[] {
  return [...frames].map(({ header, body }) => [header, body.toString('hex')])
}

test('frames come out as they went in however the stream is cut', () => {
  const stream = Buffer.concat([...FRAMES, ...FRAMES].map(({ header, body }) => encode(header, body)))
  for (let round = 0; round < 200; round += 1) {
    const reader = new FrameReader()
    const found: Frame[] = []
    for (let at = 0; at < stream.length; ) {
      const size = randomInt(1, 4000)
      found.push(...reader.feed(stream.subarray(at, at + size)))
      at += size
    }
    assert.deepEqual(plain(found), plain([...FRAMES, ...FRAMES]))
  }
})

test('a frame is two lengths, a JSON object and bytes', () => {
  const wanted = Buffer.concat([lengths(10, 2), Buffer.from('{"t":"ü"}'), Buffer.from([0, 255])])
  assert.deepEqual(encode({ t: 'ü' }, Buffer.from([0, 255])), wanted)
})

test('half a surrogate pair as Python sends it survives, and nothing else that is not UTF-8', () => {
  const text = Buffer.concat([Buffer.from('{"t":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('\ufffd"}')])
  assert.deepEqual(plain(new FrameReader().feed(Buffer.concat([lengths(text.length, 0), text]))), [[{ t: '\ud800\ufffd' }, '']])
})

test('what is no frame is an error', () => {
  for (const garbage of [
    Buffer.alloc(8, 255),
    lengths(LIMIT, 1),
    Buffer.concat([lengths(4, 0), Buffer.from('nope')]),
    Buffer.concat([lengths(2, 0), Buffer.from('[]')]),
    Buffer.concat([lengths(2, 0), Buffer.from([255, 254])]),
  ]) {
    assert.throws(() => [...new FrameReader().feed(garbage)], FrameError)
  }
})

test('a frame over the limit is not made', () => {
  assert.throws(() => encode({ t: 'x' }, Buffer.alloc(LIMIT)), /over the limit/)
})

test('an outbox writes every frame whole and in order, whoever flushes it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'outbox-'))
  const path = join(folder, 'out')
  const fd = openSync(path, 'w')
  try {
    const memory = outboxMemory()
    const [main, watchdog] = [new Outbox(fd, memory), new Outbox(fd, memory)]
    const wanted: Frame[] = []
    for (let number = 0; number < 400; number += 1) {
      const size = number % 50 === 7 ? 2_000_000 : randomInt(0, 9000)
      const frame = { header: { t: 'f', number, text: 'ü'.repeat(randomInt(0, 50)) }, body: Buffer.alloc(size, number) }
      wanted.push(frame)
      main.put(frame.header, frame.body)
      if (number % 3 === 0) (number % 2 ? main : watchdog).flush()
    }
    watchdog.flush()
    assert.deepEqual(plain(new FrameReader().feed(readFileSync(path))), plain(wanted))
    assert.throws(() => main.put({ t: 'x' }, Buffer.alloc(LIMIT)), /over the limit/)
    main.put({ t: 'after' })
    main.flush()
    assert.ok(readFileSync(path).includes('{"t":"after"}'))
  } finally {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  }
})

test('a budget gives a burst, then its rate, and counts the rest', () => {
  const budget = new Budget(10, 1)
  assert.equal(Array.from({ length: 100 }, () => budget.take()).filter(Boolean).length, 10)
  assert.equal(budget.dropped, 90)
})

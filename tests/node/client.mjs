// A stream client driven by a test: one JSON command a line on stdin, one JSON report a line on stdout.
//
//   node client.mjs PACKAGE
//   {"do": "connect", "address": "ws://...", "protocols": [...]}
//   {"do": "group", "as": NAME, "stream", "group", "listen"?} | {"do": "item", "as": NAME, "stream", "group", "id", "listen"?}
//   {"do": "leave", "of": NAME} | {"do": "close"}
//
// Every change of a subscription is reported as {"of": NAME, "state"}, a custom event of the type `listen` as
// {"of": NAME, "event": TYPE, "data"}.
import { register } from 'node:module'
import { createInterface } from 'node:readline'
import WebSocket from 'ws'

const name = process.argv[2]
if (name !== '@motiadev/stream-client-node') {
  globalThis.WebSocket = WebSocket // a browser's
  // The older package is written for bundlers: its imports have no extension.
  const hook = `export const resolve = (name, context, next) =>
    next(name, context).catch(error => name.startsWith('.') ? next(name + '.js', context) : Promise.reject(error))`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
}
const { Stream } = await import(name)
const subscriptions = new Map()
const report = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
let stream

const commands = {
  connect: ({ address, protocols }) => {
    stream = new Stream(address, { protocols })
  },
  group: (to) => follow(to, stream.subscribeGroup(to.stream, to.group)),
  item: (to) => follow(to, stream.subscribeItem(to.stream, to.group, to.id)),
  leave: ({ of }) => subscriptions.get(of).close(),
  close: () => stream.close(),
}

function follow({ as: of, listen }, subscription) {
  subscriptions.set(of, subscription)
  subscription.addChangeListener((state) => report({ of, state }))
  if (listen) subscription.onEvent(listen, (data) => report({ of, event: listen, data }))
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line)
    commands[command.do](command)
    report({ did: command.do })
  })
  .on('close', () => process.exit(0))
report({ did: 'start' })

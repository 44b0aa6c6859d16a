/** The yardstick: @fastify/websocket answering each message with one of a given length. Prints its port. */
import websocket from '@fastify/websocket'
import fastify from 'fastify'

const reply = 'x'.repeat(Number(process.argv[2] ?? 400))
const app = fastify()
await app.register(websocket, { options: { perMessageDeflate: false } })
app.get('/', { websocket: true }, (socket) => {
  socket.on('message', (data: Buffer) => {
    // Both ways as text, like the JSON dialect; the message is read, the reply is as long as a step's.
    data.toString()
    socket.send(reply)
  })
})
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
console.log(typeof address === 'object' && address ? address.port : '')

"""A WebSocket peer on wsproto: `server` prints its port, then how each connection ended; `client PORT TOKEN` plays its
part through a gate and prints what it saw. Debian: python3-wsproto."""
import json
import socket
import sys
from wsproto import ConnectionType, WSConnection
from wsproto.events import (AcceptConnection, BytesMessage, CloseConnection, Ping, Pong, RejectConnection, Request,
                            TextMessage)
from wsproto.extensions import PerMessageDeflate

MEBIBYTE = bytes(range(256)) * 4096


class Peer:
    def __init__(self, sock, kind):
        self.sock, self.ws, self.pending = sock, WSConnection(kind), []

    def send(self, event):
        self.sock.sendall(self.ws.send(event))

    def next(self):
        while not self.pending:
            data = self.sock.recv(65536)
            self.ws.receive_data(data if data else None)
            self.pending = list(self.ws.events())
        return self.pending.pop(0)

    def message(self):
        """The next whole message; pings met on the way are answered."""
        parts = []
        while True:
            event = self.next()
            if isinstance(event, Ping):
                self.send(event.response())
            elif isinstance(event, (TextMessage, BytesMessage)):
                parts.append(event.data)
                if event.message_finished:
                    return parts[0][:0].join(parts)
            else:
                return event


def report(**facts):
    print(json.dumps(facts), flush=True)


def whole(data):
    return TextMessage(data=data) if isinstance(data, str) else BytesMessage(data=bytes(data))


def serve_one(peer):
    request = peer.next()
    assert isinstance(request, Request), request
    chosen = request.subprotocols[-1] if request.subprotocols else None
    peer.send(AcceptConnection(subprotocol=chosen, extensions=[PerMessageDeflate()]))
    while True:
        message = peer.message()
        if isinstance(message, CloseConnection):
            report(code=message.code, reason=message.reason or '')
            # 1006: the connection ended without a word, and there is nobody to answer.
            if message.code != 1006:
                peer.send(message.response())
            return
        if isinstance(message, Pong):
            peer.send(TextMessage(data='pong ' + message.payload.decode()))
        elif message == 'ping me':
            peer.send(Ping(payload=b'upstream'))
        elif message == 'close me':
            peer.send(CloseConnection(code=4001, reason='bye'))
            while not isinstance(peer.message(), CloseConnection):
                pass
            return
        else:
            peer.send(whole(message))


def serve():
    listener = socket.create_server(('127.0.0.1', 0))
    report(port=listener.getsockname()[1])
    while True:
        sock, _ = listener.accept()
        with sock:
            serve_one(Peer(sock, ConnectionType.SERVER))


def call(port, token):
    with socket.create_connection(('127.0.0.1', int(port))) as sock:
        peer = Peer(sock, ConnectionType.CLIENT)
        peer.send(Request(host='service.test', target='/socket', subprotocols=['other', 'chat'],
                          extensions=[PerMessageDeflate()],
                          extra_headers=[(b'Authorization', b'Bearer ' + token.encode())]))
        accepted = peer.next()
        if isinstance(accepted, RejectConnection):
            return report(status=accepted.status_code)
        peer.send(TextMessage(data='frag', message_finished=False))
        peer.send(TextMessage(data='mented'))
        fragmented = peer.message()
        peer.send(BytesMessage(data=MEBIBYTE))
        large = peer.message()
        peer.send(Ping(payload=b'caller'))
        pong = peer.message()
        peer.send(TextMessage(data='ping me'))
        answered = peer.message()
        peer.send(CloseConnection(code=4002, reason='done'))
        closed = peer.message()
        report(subprotocol=accepted.subprotocol, extensions=[each.name for each in accepted.extensions],
               fragmented=fragmented, large=bytes(large) == MEBIBYTE, pong=pong.payload.decode(), answered=answered,
               closed=[closed.code, closed.reason])


if __name__ == '__main__':
    serve() if sys.argv[1] == 'server' else call(*sys.argv[2:])

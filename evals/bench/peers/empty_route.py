"""A FastAPI route that does nothing, served as the service is served; prints its port."""

import socket

import uvicorn
from fastapi import FastAPI

PATH = "/empty"

app = FastAPI()


@app.post(PATH)
async def empty() -> dict[str, str]:
    """Nothing."""
    return {}


def main() -> None:
    """Serve until the process is ended, with the settings of `python -m service`."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, server_header=False, proxy_headers=False
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()

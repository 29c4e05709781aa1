"""A real S3 server on this machine, for tests: moto's, in a thread, that counts requests."""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUCKET = "music"


@dataclass
class Server:
    """The server: where it is, and the requests it got since the last `forget`."""

    url: str
    requests: list[str] = field(default_factory=list)

    def forget(self) -> None:
        self.requests.clear()

    @property
    def counts(self) -> Counter[str]:
        return Counter(request.split()[0] for request in self.requests)


@contextmanager
def s3_server() -> Iterator[Server]:
    """Starts the server with an empty bucket; the environment leads to it, workers' too."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    server = Server("")
    answer = DomainDispatcherApplication(create_backend_app)

    def counted(environ: dict[str, Any], start: Any) -> Any:
        method = environ["REQUEST_METHOD"]
        query = environ.get("QUERY_STRING", "")
        if method == "GET" and "list-type=2" in query:
            method = "LIST"
        asked = environ.get("HTTP_RANGE", "")
        server.requests.append(f"{method} {environ['PATH_INFO']} {asked}".strip())
        return answer(environ, start)

    class Quiet(WSGIRequestHandler):
        def log_request(self, *_: Any) -> None:
            pass

    from threading import Thread

    http = make_server("127.0.0.1", 0, counted, threaded=True, request_handler=Quiet)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    settings = {
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        import s3fs

        s3fs.S3FileSystem.clear_instance_cache()
        s3fs.S3FileSystem().mkdir(BUCKET)
        server.forget()
        yield server
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
        http.shutdown()
        thread.join()


def put(path: Path, address: str) -> None:
    from vaeprep.files.remote import RemotePath

    RemotePath(address).upload(path)

"""A stand-in of the hub's HTTP interface, as far as huggingface_hub asks for it here.

In memory: repositories with commits, files by regular upload or LFS, private and gated ones.
"""

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LFS_BYTES = 20_000
"""From this size on a file goes by LFS, as weights do on the hub."""
TOKEN = "hf_of_the_owner"


@dataclass
class Repository:
    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)  # newest last
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return list(self.commits)[-1]

    def commit(self, files: dict[str, bytes]) -> str:
        number = hashlib.sha1(f"{len(self.commits)}{sorted(files)}".encode()).hexdigest()
        self.commits[number] = files
        return number


class Hub:
    """What the server knows; tests look into it and change it."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.blobs: dict[str, bytes] = {}
        self.requests: list[str] = []
        self.tokens: set[str] = set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def add(self, name: str, **files: bytes) -> Repository:
        """Adds a repository with a commit of files; ``__`` in a name stands for its point."""
        found = self.repositories.setdefault(name, Repository())
        found.commit({key.replace("__", "."): value for key, value in files.items()})
        return found

    def files(self, name: str) -> dict[str, bytes]:
        found = self.repositories[name]
        return found.commits[found.head]


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            self._answer()

        do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.split("?")[0]
            hub.requests.append(f"{self.command} {path}")
            self.token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            hub.tokens |= {self.token} - {""}
            for pattern, answer in routes:
                if found := re.fullmatch(pattern, f"{self.command} {path}"):
                    answer(self, body, *found.groups())
                    return
            self.send(404, {"error": "no such page"})

        def send(self, status: int, content: Any = b"", **headers: str) -> None:
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def found(self, name: str) -> Repository | None:
            """Returns a repository that this token may see, or answers that there is none."""
            repository = hub.repositories.get(name)
            if repository is None or (repository.private and self.token != TOKEN):
                self.send(404 if self.token else 401, X_Error_Code="RepoNotFound")
                return None
            if repository.gated and self.token != TOKEN:
                self.send(403, X_Error_Code="GatedRepo", X_Error_Message="Access is restricted")
                return None
            return repository

        def owner(self) -> bool:
            if self.token != TOKEN:
                self.send(403 if self.token else 401, {"error": "You must be the owner"})
            return self.token == TOKEN

        def create(self, body: bytes) -> None:
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            if not self.owner():
                return
            private = asked.get("visibility") == "private"
            hub.repositories[name] = Repository(private)
            hub.repositories[name].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
            self.send(200, {"url": f"{hub.url}/{name}", "name": name, "id": name})

        def check_card(self, body: bytes) -> None:
            text = json.loads(body)["content"]
            errors = [] if "\nlicense: wtfpl\n" not in text else [{"message": "bad license"}]
            self.send(400 if errors else 200, {"errors": errors, "warnings": []})

        def info(self, _: bytes, name: str, revision: str | None = None) -> None:
            if repository := self.found(name):
                commit = self.commit_of(repository, revision or "main")
                if commit is not None:
                    files = [{"rfilename": file} for file in repository.commits[commit]]
                    content = {"id": name, "sha": commit, "private": repository.private}
                    self.send(200, {**content, "siblings": files, "tags": [], "downloads": 0})

        def preupload(self, body: bytes, name: str, _revision: str) -> None:
            if self.owner() and self.found(name):
                modes = [
                    {
                        "path": file["path"],
                        "uploadMode": "lfs" if file["size"] >= LFS_BYTES else "regular",
                        "shouldIgnore": False,
                        "oid": None,
                    }
                    for file in json.loads(body)["files"]
                ]
                self.send(200, {"files": modes})

        def lfs_batch(self, body: bytes, _name: str) -> None:
            objects = [
                {**one, "actions": {"upload": {"href": f"{hub.url}/lfs/{one['oid']}?sig=secret"}}}
                for one in json.loads(body)["objects"]
            ]
            self.send(200, {"objects": objects, "transfer": "basic"})

        def lfs_put(self, body: bytes, oid: str) -> None:
            assert hashlib.sha256(body).hexdigest() == oid
            hub.blobs[oid] = body
            self.send(200)

        def add_commit(self, body: bytes, name: str, _revision: str) -> None:
            repository = self.found(name)
            if repository is None or not self.owner():
                return
            files = dict(repository.commits[repository.head])
            for line in body.splitlines():
                entry = json.loads(line)
                key, value = entry["key"], entry["value"]
                if key == "header" and value.get("parentCommit") not in (None, repository.head):
                    self.send(412, {"error": "somebody else has pushed"})
                    return
                if key == "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                elif key == "lfsFile":
                    files[value["path"]] = hub.blobs[value["oid"]]
                elif key == "deletedFile":
                    del files[value["path"]]
            commit = repository.commit(files)
            self.send(200, {"commitUrl": f"{hub.url}/{name}/commit/{commit}", "commitOid": commit})

        def commit_of(self, repository: Repository, revision: str) -> str | None:
            named = {"main": repository.head, **repository.tags}
            commit = named.get(revision, revision)
            if commit not in repository.commits:
                self.send(404, X_Error_Code="RevisionNotFound")
                return None
            return commit

        def resolve(self, _: bytes, name: str, revision: str, file: str) -> None:
            if (repository := self.found(name)) is None:
                return
            if (commit := self.commit_of(repository, revision)) is None:
                return
            content = repository.commits[commit].get(file)
            if content is None:
                self.send(404, X_Error_Code="EntryNotFound", X_Repo_Commit=commit)
                return
            digest = hashlib.sha256(content).hexdigest()
            self.send(200, content, ETag=f'"{digest}"', X_Repo_Commit=commit)

    name = r"([\w.-]+/[\w.-]+)"
    routes = (
        (r"POST /api/repos/create", Handler.create),
        (r"POST /api/validate-yaml", Handler.check_card),
        (rf"POST /api/models/{name}/preupload/(.+)", Handler.preupload),
        (rf"POST /api/models/{name}/commit/(.+)", Handler.add_commit),
        (rf"GET /api/models/{name}", Handler.info),
        (rf"GET /api/models/{name}/revision/(.+)", Handler.info),
        (rf"POST /{name}\.git/info/lfs/objects/batch", Handler.lfs_batch),
        (r"PUT /lfs/(\w+)", Handler.lfs_put),
        (rf"(?:HEAD|GET) /{name}/resolve/([^/]+)/(.+)", Handler.resolve),
    )
    return Handler

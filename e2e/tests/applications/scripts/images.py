"""Pushes and pulls an image as `docker` does: each layer in parts of unknown length, then the manifest that names them."""

import hashlib
import os
import sys

import requests

base, proxy, authority, cookie = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.verify, session.proxies = authority, {"https": proxy}
if cookie:
    session.headers["Cookie"] = cookie


def ask(method, url, status, **more):
    answer = session.request(method, url if url.startswith("https:") else base + url, allow_redirects=False, **more)
    assert answer.status_code == status, f"{method} {url}: {answer.status_code} {answer.text}"
    return answer


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def upload(parts):
    place = ask("POST", "/v2/team/app/blobs/uploads/", 202).headers["Location"]
    at = 0
    for part in parts:
        assert place.startswith(base + "/v2/team/app/blobs/uploads/"), place
        pieces = (part[start : start + 65536] for start in range(0, len(part), 65536))
        kind = {"Content-Type": "application/octet-stream", "Content-Range": f"{at}-{at + len(part) - 1}"}
        place = ask("PATCH", place, 202, data=pieces, headers=kind).headers["Location"]
        at += len(part)
    whole = b"".join(parts)
    stored = ask("PUT", place + "&digest=" + digest(whole), 201)
    assert stored.headers["Docker-Content-Digest"] == digest(whole)
    return {"digest": digest(whole), "size": len(whole)}


ask("GET", "/v2/", 200)
parts = [os.urandom(10_000_000) for _ in range(3)]
layer, config = upload(parts), upload([b'{"architecture":"amd64","os":"linux"}'])
image = "application/vnd.docker.distribution.manifest.v2+json"
kinds = "application/vnd.docker.image.rootfs.diff.tar.gzip", "application/vnd.docker.container.image.v1+json"
manifest = {
    "schemaVersion": 2,
    "mediaType": image,
    "config": {"mediaType": kinds[1], **config},
    "layers": [{"mediaType": kinds[0], **layer}],
}
ask("PUT", "/v2/team/app/manifests/1.0", 201, json=manifest, headers={"Content-Type": image})
print("pushed:", layer["size"], "bytes")

found = ask("GET", "/v2/team/app/manifests/1.0", 200, headers={"Accept": image})
assert found.headers["Content-Type"] == image
wanted = found.json()["layers"][0]["digest"]
ask("HEAD", "/v2/team/app/blobs/" + wanted, 200)
came = ask("GET", "/v2/team/app/blobs/" + wanted, 200).content
assert came == b"".join(parts)
rest = ask("GET", "/v2/team/app/blobs/" + wanted, 206, headers={"Range": "bytes=29999990-"}).content
assert rest == came[29999990:]
print("pulled:", len(came), "bytes")
print("tags:", ask("GET", "/v2/team/app/tags/list", 200).json()["tags"])

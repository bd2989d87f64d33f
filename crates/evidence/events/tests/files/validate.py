"""Validates each line of a file as an OCSF document of its class, with the profiles that it names."""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schemas = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.8.0"))
validators = {}


def problems(document):
    uid, profiles = document["class_uid"], document["metadata"]["profiles"]
    if uid not in validators:
        name = schemas.lookup_class_name_from_uid(uid)
        validators[uid] = Draft202012Validator(schemas.get_class_schema(name, profiles))
    return [f"{error.json_path}: {error.message[:300]}" for error in validators[uid].iter_errors(document)]


documents = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
wrong = [(document["class_uid"], document["metadata"]["event_code"], found) for document in documents if (found := problems(document))]
if wrong:
    sys.exit("\n".join(map(str, wrong)))
without_time = {name: value for name, value in documents[0].items() if name != "time"}
if not problems(without_time):
    sys.exit("a document without its time is taken for valid")
print(f"{len(documents)} valid, 1 invalid as expected")

-- counters: revision = commits so far; forgotten = the newest deletion that was removed from documents.
CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO counters (name, value) VALUES ('revision', 0), ('forgotten', 0);

CREATE TABLE marks (name TEXT NOT NULL PRIMARY KEY, mark TEXT NOT NULL);

-- The present: one row per document; a row without a body is a deletion that feeds may still have to tell.
CREATE TABLE documents (
    kind TEXT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    place BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT,
    PRIMARY KEY (kind, id)
);
CREATE INDEX documents_by_revision ON documents (revision, place);

-- The past and the present of administered documents.
CREATE TABLE history (
    kind TEXT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    body TEXT,
    PRIMARY KEY (kind, id, revision)
);

-- critical: 1 where a process that does not know the kind must not decide. Written by the version that knows the kind.
ALTER TABLE documents ADD COLUMN critical BIGINT NOT NULL DEFAULT 0;

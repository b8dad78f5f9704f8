-- A file as schema version 1 leaves it: an answer, and a run that nobody writes any more.
PRAGMA application_id = 1667785076;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE conversations (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL
        ) WITHOUT ROWID
        ;
INSERT INTO "conversations" VALUES('c_1','v_1');
CREATE TABLE log (
            n INTEGER PRIMARY KEY,
            run INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
            first INTEGER NOT NULL,
            entries BLOB NOT NULL
        );
INSERT INTO "log" VALUES(1,1,0,X'92C4047A65726FC403656E64');
INSERT INTO "log" VALUES(2,2,0,X'92C4047A65726FC4036F6E65');
CREATE TABLE messages (
            n INTEGER PRIMARY KEY,
            conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
            id TEXT NOT NULL,
            message TEXT NOT NULL
        );
INSERT INTO "messages" VALUES(1,'c_1','q_1','{"id":"q_1","role":"user","parts":[{"type":"text","text":"How are you?"}],"metadata":{"createdAt":"2026-11-23T09:00:00.000+00:00"}}');
INSERT INTO "messages" VALUES(2,'c_1','m_1','{"id":"m_1","role":"assistant","parts":[{"type":"text","text":"Fine."}],"metadata":{"createdAt":"2026-11-23T09:00:00.000+00:00"}}');
INSERT INTO "messages" VALUES(3,'c_1','q_2','{"id":"q_2","role":"user","parts":[{"type":"text","text":"And now?"}],"metadata":{"createdAt":"2026-11-23T09:00:00.000+00:00"}}');
CREATE TABLE runs (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
            message_id TEXT NOT NULL,
            question_id TEXT NOT NULL,
            replaces TEXT,
            writer TEXT NOT NULL,
            beat INTEGER NOT NULL DEFAULT 0,
            reads INTEGER NOT NULL DEFAULT 0,
            stop INTEGER NOT NULL DEFAULT 0,
            cut INTEGER,
            entries INTEGER,
            finished_at REAL,
            kept INTEGER NOT NULL DEFAULT 1
        );
INSERT INTO "runs" VALUES(1,'run00001','c_1','m_1','q_1',NULL,'b23ec88dd74f3a17',0,0,0,NULL,2,4102444800.0,1);
INSERT INTO "runs" VALUES(2,'run00002','c_1','m_2','q_2',NULL,'',0,0,0,NULL,NULL,NULL,1);
CREATE UNIQUE INDEX message_by_id ON messages (conversation_id, id);
CREATE INDEX message_by_age ON messages (conversation_id, n);
CREATE UNIQUE INDEX live_run ON runs (conversation_id) WHERE finished_at IS NULL;
CREATE INDEX run_by_question ON runs (conversation_id, question_id);
CREATE INDEX run_by_replaced ON runs (conversation_id, replaces);
CREATE INDEX run_by_end ON runs (finished_at) WHERE kept = 1;
CREATE UNIQUE INDEX log_by_number ON log (run, first);
COMMIT;

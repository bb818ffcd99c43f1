BEGIN TRANSACTION;
CREATE TABLE attempts (
        hash blob primary key check (length(hash) = 32),
        transaction_id integer not null references transactions (id),
        raw blob not null check (length(raw) > 0),
        max_fee integer not null,
        max_priority_fee integer not null,
        signed_at integer not null,
        sent_at integer not null
    , cancels integer not null default 0 check (cancels in (0, 1))) strict, without rowid
    ;
INSERT INTO "attempts" VALUES(X'09C83B2FCAA0E990AC3C19D0D954063523432A1520375C99E49F272AC68B72B8',1,X'02726177',10000000000,1000000000,1790000000,0,0);
CREATE TABLE bundles (
        event_id blob not null check (length(event_id) = 32),
        version integer not null check (version >= 0),
        content_hash blob not null check (length(content_hash) = 32),
        content blob not null,
        signature blob not null,
        stored_at integer not null,
        primary key (event_id, version)
    ) strict
    ;
INSERT INTO "bundles" VALUES(X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',1,X'9B7422BA0A9A00298F90694E9C76FE4FE89FFB1F60E8BAA944D32F347FCE33FB',X'7B7D',X'01010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101',1790000000);
CREATE TABLE calls (
        id integer primary key,
        key text not null unique,
        kind text not null,
        chain_id integer not null,
        account text not null,
        target blob not null check (length(target) = 20),
        value_gwei integer not null check (value_gwei >= 0),
        value_rest integer not null check (value_rest between 0 and 999999999),
        data blob not null,
        about text not null,
        made_at integer not null,
        valid_until integer not null,
        state text not null
            check (state in ('queued', 'sent', 'mined', 'safe', 'final', 'refused')),
        reason text not null,
        carrier integer references transactions (id)
    ) strict
    ;
INSERT INTO "calls" VALUES(1,'purchase:0a','purchase',31337,'wallet',X'C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0',3,5,X'DA7A','{}',1790000000,0,'queued','',NULL);
CREATE TABLE claims (
        nonce blob primary key check (length(nonce) = 16),
        event_id blob not null check (length(event_id) = 32),
        token_id blob not null check (length(token_id) = 32),
        entry integer not null check (entry >= 0),
        state text not null check (state in ('open', 'won', 'lost', 'released', 'flagged')),
        device blob not null,
        door integer not null check (door between 0 and 65535),
        at integer not null,
        seq integer not null,
        local integer not null check (local in (0, 1)),
        recorded integer not null default 0 check (recorded in (0, 1))
    ) strict, without rowid
    ;
INSERT INTO "claims" VALUES(X'93DD9BFCB4A39F708DE603E78C3C3C11',X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',X'0000000000000000000000000000000000000000000000000000000000000001',0,'lost',X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E',3,1790000002,2,1,0);
INSERT INTO "claims" VALUES(X'A737EFC6171ADDA72C23B049143C1094',X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',X'0000000000000000000000000000000000000000000000000000000000000001',0,'won',X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E',3,1790000001,1,1,1);
CREATE TABLE conflicts (
        id integer primary key,
        claim_id blob not null check (length(claim_id) = 32),
        event_id blob not null check (length(event_id) = 32),
        token_id blob not null check (length(token_id) = 32),
        reason text not null,
        at integer not null,
        our_door integer not null,
        our_at integer not null,
        their_door integer not null,
        their_claim blob not null,
        resolved_by text not null,
        resolved_at integer not null, their_at integer not null default 0, skip_reason integer not null default 0, decision text not null default '',
        unique (claim_id, reason)
    ) strict
    ;
INSERT INTO "conflicts" VALUES(1,X'A737EFC6171ADDA72C23B049143C1094FC1789710DD6F647C65D1D0D5114957B',X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',X'0000000000000000000000000000000000000000000000000000000000000001','used-elsewhere',1790000000,3,1789999940,5,X'07','',0,0,0,'');
CREATE TABLE duties (
        name text primary key,
        since integer not null
    ) strict, without rowid
    ;
CREATE TABLE guest_lists (
        event_id blob primary key check (length(event_id) = 32),
        version integer not null check (version >= 0),
        door integer not null check (door between 0 and 65535),
        box blob not null,
        sealed blob not null,
        stored_at integer not null
    ) strict
    ;
INSERT INTO "guest_lists" VALUES(X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',1790000000,3,X'0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B',X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E',1790000005);
CREATE TABLE heads (
        incarnation blob not null check (length(incarnation) = 16),
        seq integer not null check (seq >= 0),
        hash blob not null check (length(hash) = 32),
        signer blob not null check (length(signer) = 20),
        signature blob not null check (length(signature) = 64),
        content_hash blob not null check (length(content_hash) = 32),
        seen_at integer not null,
        primary key (incarnation, seq, hash)
    ) strict, without rowid
    ;
CREATE TABLE incarnations (
        incarnation_no integer primary key,
        id blob not null unique check (length(id) = 16),
        started_at integer not null,
        first_seq integer not null unique check (first_seq > 0),
        head_seq integer not null check (head_seq >= first_seq - 1),
        head_hash blob not null check (length(head_hash) = 32)
    ) strict
    ;
INSERT INTO "incarnations" VALUES(1,X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E',1790000000,1,3,X'830F2D71E493936E2827E84AA529FF2C024D1A36F5AC420C0044757A44BDFA8C');
CREATE TABLE openings (
        nonce blob primary key check (length(nonce) = 16),
        state text not null
            check (state in ('opening', 'opened', 'turned', 'not_turned', 'failed', 'unknown')),
        at integer not null,
        changed_at integer not null,
        detail text not null
    ) strict, without rowid
    ;
CREATE TABLE records (
        claim_id blob primary key check (length(claim_id) = 32),
        event_id blob not null check (length(event_id) = 32),
        contract blob not null check (length(contract) = 20),
        token_id blob not null check (length(token_id) = 32),
        epoch integer not null,
        door integer not null check (door between 0 and 65535),
        attendee blob not null check (length(attendee) = 20),
        scanned_at integer not null,
        sequence integer not null,
        signature blob not null check (length(signature) = 64),
        sendable_at integer not null,
        state text not null
            check (state in ('queued', 'sent', 'mined', 'safe', 'final', 'refused')),
        reason text not null
    ) strict, without rowid
    ;
INSERT INTO "records" VALUES(X'A737EFC6171ADDA72C23B049143C1094756D4D47CFDD6C49C445F8702F4D3B07',X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',X'C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0',X'0000000000000000000000000000000000000000000000000000000000000001',2,3,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1790000000,1,X'28CB03B06C288E88C6A880EEBA293BF9C9BB9FA586128586459A486A511F832FD02B5BA5C34B34DBCC44C971BD1E9EE12DA04D573F9A8354930F910325E10149',1790000900,'queued','');
CREATE TABLE scans (
        seq integer primary key check (seq > 0),
        incarnation blob not null references incarnations (id),
        kind text not null,
        at integer not null,
        event_id blob not null check (length(event_id) = 32),
        door integer not null check (door between 0 and 65535),
        nonce blob not null check (length(nonce) = 16),
        code text not null,
        pass_hash blob not null,
        token_id blob check (length(token_id) = 32),
        entry integer check (entry >= 0),
        epoch integer not null,
        owner blob not null check (length(owner) = 20),
        operator text not null,
        test integer not null check (test in (0, 1)),
        mirror_block integer not null,
        mirror_age integer not null,
        detail text not null,
        prev_hash blob not null check (length(prev_hash) = 32),
        hash blob not null check (length(hash) = 32)
    ) strict
    ;
INSERT INTO "scans" VALUES(1,X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E','scan',1790000001,X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',3,X'A737EFC6171ADDA72C23B049143C1094','ADMITTED',X'BCBAF127BCB68AD980F6BD97844B487BFAEF8F6AD7DC5813CA9D024D4DD3B5B9',X'0000000000000000000000000000000000000000000000000000000000000001',0,2,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1','Ada',0,77,4,'',X'0000000000000000000000000000000000000000000000000000000000000000',X'756D4D47CFDD6C49C445F8702F4D3B0753C55BB85A9AC5BA8C833FBAA69BCBFC');
INSERT INTO "scans" VALUES(2,X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E','scan',1790000002,X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',3,X'93DD9BFCB4A39F708DE603E78C3C3C11','ALREADY_USED',X'27B9F80CDD9009895331F8A79465451F40596831526535CCF4CE36C36E2E573D',X'0000000000000000000000000000000000000000000000000000000000000002',NULL,2,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1','Ada',0,77,4,'',X'756D4D47CFDD6C49C445F8702F4D3B0753C55BB85A9AC5BA8C833FBAA69BCBFC',X'ABBE86396A91B175BBC536336579ED1CD73B6D30F21EEC682CEF5BA1FB6D74E7');
INSERT INTO "scans" VALUES(3,X'5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E','exit',1790000003,X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',3,X'5C717D49C9E37303B46B1EF52ECC5C2C','EXITED',X'FB80306E640FB33D1A63851E43ABEA41D0091531C20E60B802B63E1CB0A76A87',X'0000000000000000000000000000000000000000000000000000000000000001',NULL,2,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1','Ada',0,77,4,'',X'ABBE86396A91B175BBC536336579ED1CD73B6D30F21EEC682CEF5BA1FB6D74E7',X'830F2D71E493936E2827E84AA529FF2C024D1A36F5AC420C0044757A44BDFA8C');
CREATE TABLE transaction_records (
        transaction_id integer not null references transactions (id),
        claim_id blob not null references records (claim_id),
        primary key (transaction_id, claim_id)
    ) strict, without rowid
    ;
CREATE TABLE transactions (
        id integer primary key,
        intent text not null unique,
        chain_id integer not null,
        sender blob not null check (length(sender) = 20),
        nonce integer not null check (nonce >= 0),
        recipient blob not null check (length(recipient) = 20),
        value_gwei integer not null check (value_gwei >= 0),
        value_rest integer not null check (value_rest between 0 and 999999999),
        data blob not null,
        gas integer not null,
        state text not null
            check (state in ('signed', 'sent', 'mined', 'final', 'replaced', 'dropped', 'failed')),
        created_at integer not null,
        block_number integer not null,
        reason text not null
    ) strict
    ;
INSERT INTO "transactions" VALUES(1,'check-in 0',31337,X'B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0',0,X'C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0',10000000000,7,X'0102',500000,'signed',1790000000,0,'');
CREATE INDEX scans_by_code on scans (event_id, code) where test = 0;
CREATE INDEX scans_exits on scans (event_id, token_id) where kind = 'exit' and test = 0;
CREATE TRIGGER scans_update before update on scans
    begin
        select raise(abort, 'scans are evidence: add a row instead');
    end;
CREATE TRIGGER scans_delete before delete on scans
    begin
        select raise(abort, 'scans are evidence: add a row instead');
    end;
CREATE UNIQUE INDEX claims_held on claims (event_id, token_id, entry)
        where local = 1 and state in ('open', 'won')
    ;
CREATE INDEX claims_by_ticket on claims (event_id, token_id);
CREATE INDEX claims_released on claims (event_id) where state = 'released';
CREATE INDEX claims_unrecorded on claims (seq)
        where recorded = 0 and local = 1 and entry = 0 and state = 'won'
    ;
CREATE TRIGGER claims_delete before delete on claims
    begin
        select raise(abort, 'claims are released, never deleted');
    end;
CREATE INDEX records_by_state on records (state, sendable_at);
CREATE UNIQUE INDEX transactions_nonces on transactions (chain_id, sender, nonce)
        where state not in ('replaced', 'failed')
    ;
CREATE INDEX transactions_open on transactions (id)
        where state in ('signed', 'sent', 'mined', 'dropped')
    ;
CREATE INDEX attempts_by_transaction on attempts (transaction_id, signed_at);
CREATE INDEX transaction_records_by_claim on transaction_records (claim_id);
CREATE INDEX conflicts_by_event on conflicts (event_id, at);
CREATE INDEX conflicts_open on conflicts (event_id) where resolved_at = 0;
CREATE INDEX calls_open on calls (id) where state in ('queued', 'sent', 'mined', 'safe');
CREATE INDEX calls_by_carrier on calls (carrier);
CREATE INDEX heads_by_signer on heads (signer, seq);
CREATE INDEX records_by_place on records (contract, door, sequence);
CREATE TRIGGER openings_delete before delete on openings
    begin
        select raise(abort, 'openings are kept: a door opens once for a claim');
    end;
COMMIT;

BEGIN TRANSACTION;
CREATE TABLE blocks (
        number integer primary key check (number >= 0),
        hash blob not null check (length(hash) = 32),
        parent_hash blob not null check (length(parent_hash) = 32),
        timestamp integer not null check (timestamp >= 0)
    ) strict
    ;
INSERT INTO "blocks" VALUES(1,X'E02C779593524E3015F230BAAA42010CFA2AAD3F7B527B25409BC7D0D831066A',X'0E10A1407A2B291FB54A0D9862CC0F093E03C0217D93612235C87577E06478EC',1790000001);
INSERT INTO "blocks" VALUES(2,X'4D58E900C538598A49A9D2AC59AFBC977AEDE56C501118B637C8BA93412DFD96',X'E02C779593524E3015F230BAAA42010CFA2AAD3F7B527B25409BC7D0D831066A',1790000002);
CREATE TABLE check_in_skips (
        contract_no integer not null references contracts (contract_no),
        block_number integer not null,
        log_index integer not null,
        token_id blob not null check (length(token_id) = 32),
        door integer not null,
        reason integer not null,
        claim_id blob not null check (length(claim_id) = 32),
        stored_tag blob not null check (length(stored_tag) = 12),
        stored_door integer not null,
        primary key (contract_no, block_number, log_index)
    ) strict, without rowid
    ;
INSERT INTO "check_in_skips" VALUES(1,1,7,X'0000000000000000000000000000000000000000000000000000000000000008',4,1,X'2CB245FFA23689DCCC1A67E35B182BAA710444649C0A5FE62AB70E50821FCE66',X'869EDEE874AA784BDF0C7012',3);
INSERT INTO "check_in_skips" VALUES(1,2,7,X'0000000000000000000000000000000000000000000000000000000000000007',3,2,X'C974399610CC63AECE5BEF7A46A7BC9B4E1393B8A0F7846D535A9D062DFC2B39',X'090909090909090909090909',9);
CREATE TABLE check_in_skips_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        block_number integer not null,
        log_index integer not null,
        token_id blob,
        door integer,
        reason integer,
        claim_id blob,
        stored_tag blob,
        stored_door integer,
        primary key (undo_block, contract_no, block_number, log_index)
    ) strict, without rowid
    ;
INSERT INTO "check_in_skips_before" VALUES(2,0,1,2,7,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE check_ins (
        contract_no integer not null references contracts (contract_no),
        token_id blob not null check (length(token_id) = 32),
        claim_id blob not null check (length(claim_id) = 32),
        door integer not null check (door between 0 and 65535),
        attendee blob not null check (length(attendee) = 20),
        scanned_at integer not null,
        epoch integer not null,
        block_number integer not null,
        replaced integer not null default 0 check (replaced in (0, 1)),
        primary key (contract_no, token_id, claim_id)
    ) strict, without rowid
    ;
INSERT INTO "check_ins" VALUES(1,X'0000000000000000000000000000000000000000000000000000000000000008',X'869EDEE874AA784BDF0C70123B78FDC9E1AD5F4C0792218075EB597C08F5643C',3,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1790000000,1,1,0);
INSERT INTO "check_ins" VALUES(1,X'0000000000000000000000000000000000000000000000000000000000000009',X'869EDEE874AA784BDF0C70123B78FDC9E1AD5F4C0792218075EB597C08F5643C',3,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1790000000,1,2,0);
CREATE TABLE check_ins_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        token_id blob not null,
        claim_id blob not null,
        door integer,
        attendee blob,
        scanned_at integer,
        epoch integer,
        block_number integer,
        replaced integer,
        primary key (undo_block, contract_no, token_id, claim_id)
    ) strict, without rowid
    ;
INSERT INTO "check_ins_before" VALUES(2,0,1,X'0000000000000000000000000000000000000000000000000000000000000009',X'869EDEE874AA784BDF0C70123B78FDC9E1AD5F4C0792218075EB597C08F5643C',NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE contracts (
        contract_no integer primary key,
        address blob not null unique check (length(address) = 20)
    ) strict
    ;
INSERT INTO "contracts" VALUES(1,X'C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0C0');
INSERT INTO "contracts" VALUES(2,X'C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1');
CREATE TABLE contracts_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        address blob,
        primary key (undo_block, contract_no)
    ) strict, without rowid
    ;
INSERT INTO "contracts_before" VALUES(2,0,2,NULL);
CREATE TABLE cursors (
        scope blob primary key check (length(scope) in (0, 20)),
        block_number integer not null references blocks (number)
    ) strict, without rowid
    ;
INSERT INTO "cursors" VALUES(X'',2);
CREATE TABLE doors (
        contract_no integer not null references contracts (contract_no),
        door integer not null check (door between 0 and 65535),
        record_key blob not null check (length(record_key) = 20),
        state integer not null check (state between 0 and 4),
        drain_until integer not null,
        primary key (contract_no, door)
    ) strict, without rowid
    ;
INSERT INTO "doors" VALUES(1,3,X'4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E',1,0);
INSERT INTO "doors" VALUES(1,5,X'4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E',2,0);
CREATE TABLE doors_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        door integer not null,
        record_key blob,
        state integer,
        drain_until integer,
        primary key (undo_block, contract_no, door)
    ) strict, without rowid
    ;
INSERT INTO "doors_before" VALUES(2,0,1,5,NULL,NULL,NULL);
CREATE TABLE events (
        event_id blob primary key check (length(event_id) = 32),
        chain_id integer not null,
        factory blob not null check (length(factory) = 20),
        number integer not null,
        contract_no integer not null unique references contracts (contract_no),
        organizer blob not null check (length(organizer) = 20),
        name text not null,
        metadata_uri text not null,
        price_gwei integer not null check (price_gwei >= 0),
        price_rest integer not null check (price_rest between 0 and 999999999),
        max_tickets integer not null,
        start_time integer not null,
        end_time integer not null,
        created_block integer not null,
        status integer not null check (status in (0, 1)),
        freeze_at integer not null,
        bundle_version integer not null,
        bundle_hash blob not null check (length(bundle_hash) = 32),
        bundle_key blob not null check (length(bundle_key) = 20),
        unique (factory, number)
    ) strict, without rowid
    ;
INSERT INTO "events" VALUES(X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',31337,X'FAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFA',1,1,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1','Night of the doors','ipfs://door',12000000000,345,200,1790000000,1790003600,1,0,1790000009,0,X'0000000000000000000000000000000000000000000000000000000000000000',X'0000000000000000000000000000000000000000');
CREATE TABLE events_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        event_id blob not null,
        chain_id integer,
        factory blob,
        number integer,
        contract_no integer,
        organizer blob,
        name text,
        metadata_uri text,
        price_gwei integer,
        price_rest integer,
        max_tickets integer,
        start_time integer,
        end_time integer,
        created_block integer,
        status integer,
        freeze_at integer,
        bundle_version integer,
        bundle_hash blob,
        bundle_key blob,
        primary key (undo_block, event_id)
    ) strict, without rowid
    ;
INSERT INTO "events_before" VALUES(2,1,X'E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1E1',31337,X'FAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFA',1,1,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1','Night of the doors','ipfs://door',12000000000,345,200,1790000000,1790003600,1,0,0,0,X'0000000000000000000000000000000000000000000000000000000000000000',X'0000000000000000000000000000000000000000');
CREATE TABLE marks (
        name text primary key,
        block_number integer not null
    ) strict, without rowid
    ;
INSERT INTO "marks" VALUES('finalized',1);
INSERT INTO "marks" VALUES('safe',1);
INSERT INTO "marks" VALUES('undo_floor',1);
CREATE TABLE meta (
        key text primary key,
        value blob not null
    ) strict, without rowid
    ;
INSERT INTO "meta" VALUES('chain_id',X'0000000000000000000000000000000000000000000000000000000000007A69');
INSERT INTO "meta" VALUES('factory',X'FAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFAFA');
INSERT INTO "meta" VALUES('genesis_hash',X'6376039E15526154BF8A91A5F289D1F09AFB28C429AB7DC7D4A4AE1FADC3648C');
CREATE TABLE poaps (
        number integer not null,
        attendee blob not null check (length(attendee) = 20),
        block_number integer not null,
        primary key (number, attendee)
    ) strict, without rowid
    ;
INSERT INTO "poaps" VALUES(1,X'0000000000000000000000000000000000000005',2);
INSERT INTO "poaps" VALUES(1,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1);
CREATE TABLE poaps_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        number integer not null,
        attendee blob not null,
        block_number integer,
        primary key (undo_block, number, attendee)
    ) strict, without rowid
    ;
INSERT INTO "poaps_before" VALUES(2,0,1,X'0000000000000000000000000000000000000005',NULL);
CREATE TABLE purchases (
        contract_no integer not null references contracts (contract_no),
        block_number integer not null,
        log_index integer not null,
        buyer blob not null check (length(buyer) = 20),
        recipient blob not null check (length(recipient) = 20),
        tier integer not null,
        first_token_id blob not null check (length(first_token_id) = 32),
        quantity integer not null,
        paid_gwei integer not null check (paid_gwei >= 0),
        paid_rest integer not null check (paid_rest between 0 and 999999999),
        primary key (contract_no, block_number, log_index)
    ) strict, without rowid
    ;
INSERT INTO "purchases" VALUES(1,1,4,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',4,X'0000000000000000000000000000000000000000000000000000000000000007',2,1000000000,0);
INSERT INTO "purchases" VALUES(1,2,5,X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',X'B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0',2,X'0000000000000000000000000000000000000000000000000000000000000009',1,10000000000,0);
CREATE TABLE purchases_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        block_number integer not null,
        log_index integer not null,
        buyer blob,
        recipient blob,
        tier integer,
        first_token_id blob,
        quantity integer,
        paid_gwei integer,
        paid_rest integer,
        primary key (undo_block, contract_no, block_number, log_index)
    ) strict, without rowid
    ;
INSERT INTO "purchases_before" VALUES(2,0,1,2,5,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE tickets (
        contract_no integer not null references contracts (contract_no),
        token_id blob not null check (length(token_id) = 32),
        owner blob not null check (length(owner) = 20),
        epoch integer not null check (epoch between 0 and 4294967295),
        owner_epoch integer not null check (owner_epoch between 0 and epoch),
        tier integer not null default 0 check (tier between 0 and 65535),
        status integer not null check (status between 0 and 4),
        user blob check (length(user) = 20),
        user_expires integer,
        check_in_door integer check (check_in_door between 0 and 65535),
        check_in_at integer,
        check_in_claim blob check (length(check_in_claim) = 32),
        check_in_attendee blob check (length(check_in_attendee) = 20),
        changed_block integer not null,
        primary key (contract_no, token_id),
        check ((user is null) = (user_expires is null)),
        check ((check_in_door is null) = (check_in_claim is null))
    ) strict, without rowid
    ;
INSERT INTO "tickets" VALUES(1,X'0000000000000000000000000000000000000000000000000000000000000007',X'B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0',3,3,4,1,NULL,NULL,NULL,NULL,NULL,NULL,2);
INSERT INTO "tickets" VALUES(1,X'0000000000000000000000000000000000000000000000000000000000000008',X'B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0',1,1,4,2,NULL,NULL,3,1790000000,X'869EDEE874AA784BDF0C70123B78FDC9E1AD5F4C0792218075EB597C08F5643C',X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1);
INSERT INTO "tickets" VALUES(1,X'0000000000000000000000000000000000000000000000000000000000000009',X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1,1,2,2,NULL,NULL,3,1790000000,X'869EDEE874AA784BDF0C70123B78FDC9E1AD5F4C0792218075EB597C08F5643C',X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',2);
INSERT INTO "tickets" VALUES(2,X'0000000000000000000000000000000000000000000000000000000000000001',X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',1,1,0,1,NULL,NULL,NULL,NULL,NULL,NULL,2);
CREATE TABLE tickets_before (
        undo_block integer not null,
        existed integer not null check (existed in (0, 1)),
        contract_no integer not null,
        token_id blob not null,
        owner blob,
        epoch integer,
        owner_epoch integer,
        tier integer,
        status integer,
        user blob,
        user_expires integer,
        check_in_door integer,
        check_in_at integer,
        check_in_claim blob,
        check_in_attendee blob,
        changed_block integer,
        primary key (undo_block, contract_no, token_id)
    ) strict, without rowid
    ;
INSERT INTO "tickets_before" VALUES(2,1,1,X'0000000000000000000000000000000000000000000000000000000000000007',X'A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1',2,1,4,1,X'4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E4E',1790000000,NULL,NULL,NULL,NULL,1);
INSERT INTO "tickets_before" VALUES(2,0,1,X'0000000000000000000000000000000000000000000000000000000000000009',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tickets_before" VALUES(2,0,2,X'0000000000000000000000000000000000000000000000000000000000000001',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX tickets_by_owner on tickets (owner);
CREATE INDEX tickets_by_status on tickets (contract_no, status) where status <> 1;
CREATE INDEX check_ins_by_door on check_ins (contract_no, door) where replaced = 0;
CREATE INDEX check_ins_by_claim on check_ins (claim_id);
CREATE INDEX check_in_skips_by_claim on check_in_skips (claim_id);
CREATE INDEX poaps_by_attendee on poaps (attendee);
COMMIT;

BEGIN TRANSACTION;
CREATE TABLE activation (
	source_id INTEGER NOT NULL, 
	dataset_id INTEGER, 
	replaced_id INTEGER, 
	edition INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	rolled_back BOOLEAN NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_activation PRIMARY KEY (id), 
	CONSTRAINT fk_activation_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT fk_activation_replaced_id FOREIGN KEY(replaced_id) REFERENCES dataset (id), 
	CONSTRAINT fk_activation_source_id FOREIGN KEY(source_id) REFERENCES source (id)
);
INSERT INTO "activation" VALUES(1,1,1,1,'2026-11-22 12:30:15.000250','á1',1,1);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, oldest_reader VARCHAR(32), 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0012','0011');
CREATE TABLE amendment (
	public_id VARCHAR(250) NOT NULL, 
	field VARCHAR(40) NOT NULL, 
	value JSON NOT NULL, 
	imported_value JSON NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	ends_at DATETIME, 
	withdrawn_at DATETIME, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_amendment PRIMARY KEY (id)
);
INSERT INTO "amendment" VALUES('á1','á1','{"\u00e1": 1}','{"\u00e1": 1}','á1','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1);
CREATE TABLE amendment_choice (
	id INTEGER NOT NULL, 
	dataset_id INTEGER NOT NULL, 
	amendment_id INTEGER NOT NULL, 
	choice VARCHAR(10) NOT NULL, 
	value JSON NOT NULL, 
	file_value TEXT NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	applied_at DATETIME, 
	former TEXT, 
	written_id INTEGER, 
	CONSTRAINT pk_amendment_choice PRIMARY KEY (id), 
	CONSTRAINT fk_amendment_choice_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT fk_amendment_choice_amendment_id FOREIGN KEY(amendment_id) REFERENCES amendment (id), 
	CONSTRAINT uq_amendment_choice_dataset_id_amendment_id UNIQUE (dataset_id, amendment_id)
);
INSERT INTO "amendment_choice" VALUES(1,1,1,'á1','{"\u00e1": 1}','á1','á1','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250','á1',1);
CREATE TABLE audit_entry (
	at DATETIME NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	action VARCHAR(60) NOT NULL, 
	subject VARCHAR(250) NOT NULL, 
	detail JSON NOT NULL, 
	previous_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_audit_entry PRIMARY KEY (id), 
	CONSTRAINT uq_audit_entry_hash UNIQUE (hash)
);
INSERT INTO "audit_entry" VALUES('2026-11-22 12:30:15.000250','á1','á1','á1','{"\u00e1": 1}','á1','á1',1);
CREATE TABLE catalogue_row (
	kind VARCHAR(20) NOT NULL, 
	"key" VARCHAR(80) NOT NULL, 
	origin VARCHAR(20) NOT NULL, 
	version INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	body JSON NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	written_at DATETIME NOT NULL, 
	superseded_at DATETIME, 
	id INTEGER NOT NULL, based_on_hash VARCHAR(64), 
	CONSTRAINT pk_catalogue_row PRIMARY KEY (id), 
	CONSTRAINT uq_catalogue_row_kind_key_origin_version UNIQUE (kind, "key", origin, version), 
	CONSTRAINT ck_catalogue_row_origin CHECK (origin IN ('shipped', 'hospital'))
);
INSERT INTO "catalogue_row" VALUES('á1','á1','shipped',1,1,'{"\u00e1": 1}','á1','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1,'á1');
CREATE TABLE checked_file (
	id INTEGER NOT NULL, 
	check_id INTEGER NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	CONSTRAINT pk_checked_file PRIMARY KEY (id), 
	CONSTRAINT fk_checked_file_check_id FOREIGN KEY(check_id) REFERENCES file_check (id), 
	CONSTRAINT ck_checked_file_role CHECK (role IN ('received', 'corrected', 'problems'))
);
INSERT INTO "checked_file" VALUES(1,1,'received','á1','á1',1);
CREATE TABLE confirmation_link (
	id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	public_id VARCHAR(250) NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	withdrawn_at DATETIME, 
	CONSTRAINT pk_confirmation_link PRIMARY KEY (id), 
	CONSTRAINT uq_confirmation_link_token_hash UNIQUE (token_hash)
);
INSERT INTO "confirmation_link" VALUES(1,'á1','á1','á1','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250');
CREATE TABLE confirmed_fact (
	id INTEGER NOT NULL, 
	link_id INTEGER NOT NULL, 
	public_id VARCHAR(250) NOT NULL, 
	field VARCHAR(40) NOT NULL, 
	shown TEXT NOT NULL, 
	said TEXT NOT NULL, 
	said_at DATETIME NOT NULL, 
	answer VARCHAR(20) NOT NULL, 
	answered_at DATETIME, 
	answered_by VARCHAR(200), 
	CONSTRAINT pk_confirmed_fact PRIMARY KEY (id), 
	CONSTRAINT ck_confirmed_fact_answer CHECK (answer IN ('open', 'accepted', 'declined')), 
	CONSTRAINT fk_confirmed_fact_link_id FOREIGN KEY(link_id) REFERENCES confirmation_link (id)
);
INSERT INTO "confirmed_fact" VALUES(1,1,'á1','á1','á1','á1','2026-11-22 12:30:15.000250','open','2026-11-22 12:30:15.000250','á1');
CREATE TABLE dataset (
	source_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	active BOOLEAN NOT NULL, 
	sections JSON NOT NULL, 
	carried_over JSON NOT NULL, 
	counts JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	rows_done INTEGER NOT NULL, 
	pruned_at DATETIME, 
	id INTEGER NOT NULL, update_only BOOLEAN DEFAULT 0 NOT NULL, checked_on DATE, checked_by VARCHAR(200), 
	CONSTRAINT pk_dataset PRIMARY KEY (id), 
	CONSTRAINT fk_dataset_source_id FOREIGN KEY(source_id) REFERENCES source (id), 
	CONSTRAINT uq_dataset_source_id_version UNIQUE (source_id, version), 
	CONSTRAINT ck_dataset_state CHECK (state IN ('loading', 'ready', 'refused', 'abandoned'))
);
INSERT INTO "dataset" VALUES(1,1,'loading',1,'["\u00e1", "b"]','["\u00e1", "b"]','{"\u00e1": 1}','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1,'2026-11-22 12:30:15.000250',1,1,'2026-11-22','á1');
CREATE TABLE edition (
	id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	CONSTRAINT pk_edition PRIMARY KEY (id), 
	CONSTRAINT ck_edition_one_row CHECK (id = 1)
);
INSERT INTO "edition" VALUES(1,1);
CREATE TABLE embed_site (
	public_key VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	origins JSON NOT NULL, 
	organization_key VARCHAR(80), 
	theme JSON, 
	default_condition VARCHAR(80), 
	default_stage VARCHAR(10), 
	enabled BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	id INTEGER NOT NULL, own VARCHAR(10), phone VARCHAR(30), back_url TEXT, 
	CONSTRAINT pk_embed_site PRIMARY KEY (id), 
	CONSTRAINT uq_embed_site_public_key UNIQUE (public_key)
);
INSERT INTO "embed_site" VALUES('á1','á1','["\u00e1", "b"]','á1','{"\u00e1": 1}','á1','á1',1,'2026-11-22 12:30:15.000250',1,'á1','á1','á1');
CREATE TABLE file_check (
	id INTEGER NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	wishes JSON NOT NULL, 
	preview JSON, 
	refusal JSON, 
	report JSON, 
	rows_done INTEGER DEFAULT '0' NOT NULL, 
	rows_at_most INTEGER DEFAULT '0' NOT NULL, 
	runs INTEGER DEFAULT '0' NOT NULL, 
	claim VARCHAR(32) NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	started_by VARCHAR(200) NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	dataset_id INTEGER, 
	CONSTRAINT pk_file_check PRIMARY KEY (id), 
	CONSTRAINT fk_file_check_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT ck_file_check_state CHECK (state IN ('waiting', 'reading', 'needs_mapping', 'running', 'ready', 'refused', 'abandoned', 'withdrawn'))
);
INSERT INTO "file_check" VALUES(1,'á1','waiting','{"\u00e1": 1}','{"\u00e1": 1}','{"\u00e1": 1}','{"\u00e1": 1}',1,1,1,'á1','2026-11-22 12:30:15.000250','á1','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1);
CREATE TABLE file_piece (
	id INTEGER NOT NULL, 
	file_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_file_piece PRIMARY KEY (id), 
	CONSTRAINT fk_file_piece_file_id FOREIGN KEY(file_id) REFERENCES checked_file (id), 
	CONSTRAINT uq_file_piece_file_id_number UNIQUE (file_id, number)
);
INSERT INTO "file_piece" VALUES(1,1,1,X'00FF');
CREATE TABLE finding_set_aside (
	id INTEGER NOT NULL, 
	list_name VARCHAR(40) NOT NULL, 
	subject VARCHAR(520) NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_finding_set_aside PRIMARY KEY (id), 
	CONSTRAINT uq_finding_set_aside_list_name_subject UNIQUE (list_name, subject)
);
INSERT INTO "finding_set_aside" VALUES(1,'á1','á1','á1','á1','á1','2026-11-22 12:30:15.000250');
CREATE TABLE geocode (
	address_hash VARCHAR(64) NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	"match" VARCHAR(20) NOT NULL, 
	doubt VARCHAR(40) NOT NULL, 
	latitude DOUBLE, 
	longitude DOUBLE, 
	asked_of VARCHAR(250) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	asked_by VARCHAR(200) NOT NULL, 
	CONSTRAINT pk_geocode PRIMARY KEY (address_hash), 
	CONSTRAINT ck_geocode_outcome CHECK (outcome IN ('found', 'doubtful', 'missed', 'dropped'))
);
INSERT INTO "geocode" VALUES('á1','found','á1','á1',37.5,37.5,'á1','2026-11-22 12:30:15.000250','á1');
CREATE TABLE golden_search (
	id INTEGER NOT NULL, 
	question JSON NOT NULL, 
	unit VARCHAR(10) NOT NULL, 
	expects VARCHAR(20) NOT NULL, 
	what VARCHAR(250) NOT NULL, 
	number INTEGER NOT NULL, 
	because VARCHAR(400) NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_golden_search PRIMARY KEY (id), 
	CONSTRAINT ck_golden_search_expects CHECK (expects IN ('first', 'never', 'at_least', 'card', 'no_card'))
);
INSERT INTO "golden_search" VALUES(1,'{"\u00e1": 1}','á1','first','á1',1,'á1','á1','2026-11-22 12:30:15.000250');
CREATE TABLE healthcare_service (
	location_key VARCHAR(80) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	offered VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	open_24_hours VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	detail VARCHAR(200) NOT NULL, 
	hours TEXT NOT NULL, 
	phone VARCHAR(30) NOT NULL, 
	verified_on DATE, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_healthcare_service PRIMARY KEY (id), 
	CONSTRAINT fk_healthcare_service_dataset_id_location_key FOREIGN KEY(dataset_id, location_key) REFERENCES location (dataset_id, "key"), 
	CONSTRAINT fk_healthcare_service_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT uq_healthcare_service_dataset_id_section_location_key_kind UNIQUE (dataset_id, section, location_key, kind), 
	CONSTRAINT ck_healthcare_service_kind CHECK (kind IN ('emergency', 'walk_in_xray', 'imaging', 'infant_ultrasound', 'therapy')), 
	CONSTRAINT ck_healthcare_service_offered CHECK (offered IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_healthcare_service_open_24_hours CHECK (open_24_hours IN ('yes', 'no', 'not_stated'))
);
INSERT INTO "healthcare_service" VALUES('á1','emergency','yes','yes','á1','á1','á1','2026-11-22',1,'á1',1);
CREATE TABLE "import_problem" (
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	row_number INTEGER NOT NULL, 
	column_name VARCHAR(64) NOT NULL, 
	value VARCHAR(400) NOT NULL, 
	code VARCHAR(40) NOT NULL, 
	params JSON NOT NULL, 
	outcome VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_import_problem PRIMARY KEY (id), 
	CONSTRAINT fk_import_problem_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT ck_import_problem_outcome CHECK (outcome IN ('refused', 'left_out', 'mended', 'noted'))
);
INSERT INTO "import_problem" VALUES(1,'á1',1,'á1','á1','á1','{"\u00e1": 1}','refused',1);
CREATE TABLE location (
	"key" VARCHAR(80) NOT NULL, 
	organization_key VARCHAR(80), 
	name VARCHAR(200) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	address VARCHAR(200) NOT NULL, 
	address_2 VARCHAR(200) NOT NULL, 
	city VARCHAR(200) NOT NULL, 
	state VARCHAR(2) NOT NULL, 
	zip_code VARCHAR(5) NOT NULL, 
	zip_plus4 VARCHAR(4) NOT NULL, 
	phone VARCHAR(30) NOT NULL, 
	relay_phone VARCHAR(30) NOT NULL, 
	url TEXT NOT NULL, 
	latitude DOUBLE, 
	longitude DOUBLE, 
	position_kind VARCHAR(20) NOT NULL, 
	position_source VARCHAR(60) NOT NULL, 
	hours TEXT NOT NULL, 
	directions TEXT NOT NULL, 
	step_free VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	lift VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	adjustable_exam_table VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	accessible_parking VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	interpreter VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	listed_from DATE, 
	listed_until DATE, 
	verified_on DATE, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, phone_languages TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_location PRIMARY KEY (id), 
	CONSTRAINT ck_location_position_whole CHECK ((latitude IS NULL) = (longitude IS NULL)), 
	CONSTRAINT fk_location_dataset_id_organization_key FOREIGN KEY(dataset_id, organization_key) REFERENCES organization (dataset_id, "key"), 
	CONSTRAINT fk_location_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT uq_location_dataset_id_key UNIQUE (dataset_id, "key"), 
	CONSTRAINT ck_location_kind CHECK (kind IN ('clinic', 'hospital', 'critical_access', 'rural_emergency', 'childrens', 'special_hospital', 'rehabilitation', 'long_term', 'psychiatric', 'veterans', 'military', 'therapy', 'surgery_center', 'not_stated')), 
	CONSTRAINT ck_location_position_kind CHECK (position_kind IN ('given', 'zip', 'none')), 
	CONSTRAINT ck_location_step_free CHECK (step_free IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_location_lift CHECK (lift IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_location_adjustable_exam_table CHECK (adjustable_exam_table IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_location_accessible_parking CHECK (accessible_parking IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_location_interpreter CHECK (interpreter IN ('yes', 'no', 'not_stated'))
);
INSERT INTO "location" VALUES('á1','á1','á1','clinic','á1','á1','á1','á1','á1','á1','á1','á1','á1',37.5,37.5,'given','á1','á1','á1','yes','yes','yes','yes','yes','2026-11-22','2026-11-22','2026-11-22',1,'á1',1,'á1');
CREATE TABLE mistake_report (
	public_id VARCHAR(250) NOT NULL, 
	kinds JSON NOT NULL, 
	edition INTEGER NOT NULL, 
	reported_on DATE NOT NULL, 
	handled_at DATETIME, 
	handled_by VARCHAR(200), 
	id INTEGER NOT NULL, handled_how VARCHAR(400), 
	CONSTRAINT pk_mistake_report PRIMARY KEY (id)
);
INSERT INTO "mistake_report" VALUES('á1','["\u00e1", "b"]',1,'2026-11-22','2026-11-22 12:30:15.000250','á1',1,'á1');
CREATE TABLE name_progress (
	dataset_id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	through INTEGER NOT NULL, 
	whole BOOLEAN NOT NULL, 
	CONSTRAINT pk_name_progress PRIMARY KEY (dataset_id, kind), 
	CONSTRAINT fk_name_progress_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT ck_name_progress_kind CHECK (kind IN ('person', 'place'))
);
INSERT INTO "name_progress" VALUES(1,'person',1,1);
CREATE TABLE name_token (
	dataset_id INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	token VARCHAR(60) NOT NULL, 
	slice_end INTEGER NOT NULL, 
	rows BLOB NOT NULL, 
	CONSTRAINT pk_name_token PRIMARY KEY (dataset_id, kind, token, slice_end), 
	CONSTRAINT fk_name_token_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT ck_name_token_kind CHECK (kind IN ('person', 'place'))
)
 WITHOUT ROWID

;
INSERT INTO "name_token" VALUES(1,'person','á1',1,X'00FF');
CREATE TABLE organization (
	"key" VARCHAR(80) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_organization PRIMARY KEY (id), 
	CONSTRAINT fk_organization_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT uq_organization_dataset_id_key UNIQUE (dataset_id, "key")
);
INSERT INTO "organization" VALUES('á1','á1',1,'á1',1);
CREATE TABLE organization_plan (
	organization_key VARCHAR(80) NOT NULL, 
	"plan" VARCHAR(200) NOT NULL, 
	accepts VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	as_of DATE, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_organization_plan PRIMARY KEY (id), 
	CONSTRAINT fk_organization_plan_dataset_id_organization_key FOREIGN KEY(dataset_id, organization_key) REFERENCES organization (dataset_id, "key"), 
	CONSTRAINT fk_organization_plan_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT uq_organization_plan_dataset_id_organization_key_plan UNIQUE (dataset_id, organization_key, "plan"), 
	CONSTRAINT ck_organization_plan_accepts CHECK (accepts IN ('yes', 'no', 'not_stated'))
);
INSERT INTO "organization_plan" VALUES('á1','á1','yes','2026-11-22',1,'á1',1);
CREATE TABLE organization_word (
	"key" VARCHAR(80) NOT NULL, 
	phone VARCHAR(30) NOT NULL, 
	hours TEXT NOT NULL, 
	states JSON NOT NULL, 
	radius_miles DOUBLE, 
	area JSON, 
	links JSON NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_organization_word PRIMARY KEY ("key")
);
INSERT INTO "organization_word" VALUES('á1','á1','á1','{"\u00e1": 1}',1.5,'{"\u00e1": 1}','{"\u00e1": 1}','2026-11-22 12:30:15.000250');
CREATE TABLE practitioner (
	"key" VARCHAR(80) NOT NULL, 
	npi VARCHAR(10), 
	given_name VARCHAR(200) NOT NULL, 
	middle_name VARCHAR(200) NOT NULL, 
	family_name VARCHAR(200) NOT NULL, 
	suffix VARCHAR(30) NOT NULL, 
	credentials VARCHAR(60) NOT NULL, 
	gender VARCHAR(20) NOT NULL, 
	specialties JSON NOT NULL, 
	languages JSON NOT NULL, 
	fellowship TEXT NOT NULL, 
	board_certified VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	profile_url TEXT NOT NULL, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_practitioner PRIMARY KEY (id), 
	CONSTRAINT fk_practitioner_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT uq_practitioner_dataset_id_key UNIQUE (dataset_id, "key"), 
	CONSTRAINT ck_practitioner_gender CHECK (gender IN ('woman', 'man', 'other', 'not_stated')), 
	CONSTRAINT ck_practitioner_board_certified CHECK (board_certified IN ('yes', 'no', 'not_stated'))
);
INSERT INTO "practitioner" VALUES('á1','á1','á1','á1','á1','á1','á1','woman','{"\u00e1": 1}','{"\u00e1": 1}','á1','yes','á1',1,'á1',1);
CREATE TABLE practitioner_role (
	practitioner_key VARCHAR(80) NOT NULL, 
	location_key VARCHAR(80) NOT NULL, 
	phone VARCHAR(30) NOT NULL, 
	days TEXT NOT NULL, 
	accepting_new_patients VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	referral_needed VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	telehealth VARCHAR(20) DEFAULT 'not_stated' NOT NULL, 
	telehealth_states JSON NOT NULL, 
	first_visit_with VARCHAR(200) NOT NULL, 
	youngest_age INTEGER, 
	oldest_age INTEGER, 
	works_with VARCHAR(200) NOT NULL, 
	booking_url TEXT NOT NULL, 
	listed_from DATE, 
	listed_until DATE, 
	verified_on DATE, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_practitioner_role PRIMARY KEY (id), 
	CONSTRAINT fk_practitioner_role_dataset_id_location_key FOREIGN KEY(dataset_id, location_key) REFERENCES location (dataset_id, "key"), 
	CONSTRAINT fk_practitioner_role_dataset_id_practitioner_key FOREIGN KEY(dataset_id, practitioner_key) REFERENCES practitioner (dataset_id, "key"), 
	CONSTRAINT fk_practitioner_role_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT uq_practitioner_role_dataset_id_practitioner_key_location_key UNIQUE (dataset_id, practitioner_key, location_key), 
	CONSTRAINT ck_practitioner_role_accepting_new_patients CHECK (accepting_new_patients IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_practitioner_role_referral_needed CHECK (referral_needed IN ('yes', 'no', 'not_stated')), 
	CONSTRAINT ck_practitioner_role_telehealth CHECK (telehealth IN ('yes', 'no', 'not_stated'))
);
INSERT INTO "practitioner_role" VALUES('á1','á1','á1','á1','yes','yes','yes','{"\u00e1": 1}','á1',1,1,'á1','á1','2026-11-22','2026-11-22','2026-11-22',1,'á1',1);
CREATE TABLE public_id_alias (
	old_id VARCHAR(250) NOT NULL, 
	new_id VARCHAR(250) NOT NULL, 
	since DATETIME NOT NULL, 
	CONSTRAINT pk_public_id_alias PRIMARY KEY (old_id)
);
INSERT INTO "public_id_alias" VALUES('á1','á1','2026-11-22 12:30:15.000250');
CREATE TABLE publication_order (
	id INTEGER NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	actor VARCHAR(200) NOT NULL, 
	confirmed JSON NOT NULL, 
	state VARCHAR(20) NOT NULL, 
	asked_at DATETIME NOT NULL, 
	heartbeat_at DATETIME NOT NULL, 
	edition INTEGER, 
	code VARCHAR(40), 
	params JSON NOT NULL, 
	CONSTRAINT pk_publication_order PRIMARY KEY (id), 
	CONSTRAINT ck_publication_order_state CHECK (state IN ('working', 'done', 'refused', 'abandoned'))
);
INSERT INTO "publication_order" VALUES(1,'á1',1,'á1','{"\u00e1": 1}','working','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1,'á1','{"\u00e1": 1}');
CREATE TABLE reference_table (
	id INTEGER NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	made_on DATE NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	rows INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	compiled BLOB NOT NULL, 
	taken_at DATETIME NOT NULL, 
	taken_by VARCHAR(200) NOT NULL, 
	withdrawn_at DATETIME, 
	CONSTRAINT pk_reference_table PRIMARY KEY (id)
);
INSERT INTO "reference_table" VALUES(1,'á1','2026-11-22','á1',1,X'00FF',X'00FF','2026-11-22 12:30:15.000250','á1','2026-11-22 12:30:15.000250');
CREATE TABLE removal_request (
	id INTEGER NOT NULL, 
	npi VARCHAR(10) NOT NULL, 
	reason VARCHAR(400) NOT NULL, 
	recorded_by VARCHAR(200) NOT NULL, 
	recorded_at DATETIME NOT NULL, 
	CONSTRAINT pk_removal_request PRIMARY KEY (id), 
	CONSTRAINT uq_removal_request_npi UNIQUE (npi)
);
INSERT INTO "removal_request" VALUES(1,'á1','á1','á1','2026-11-22 12:30:15.000250');
CREATE TABLE same_place (
	id INTEGER NOT NULL, 
	other_id VARCHAR(250) NOT NULL, 
	kept_id VARCHAR(250) NOT NULL, 
	made_by VARCHAR(200) NOT NULL, 
	made_at DATETIME NOT NULL, 
	CONSTRAINT pk_same_place PRIMARY KEY (id), 
	CONSTRAINT uq_same_place_other_id UNIQUE (other_id)
);
INSERT INTO "same_place" VALUES(1,'á1','á1','á1','2026-11-22 12:30:15.000250');
CREATE TABLE sign_in_tries (
	key_hash VARCHAR(64) NOT NULL, 
	failed INTEGER NOT NULL, 
	locked_until DATETIME, 
	last_at DATETIME NOT NULL, 
	CONSTRAINT pk_sign_in_tries PRIMARY KEY (key_hash)
);
INSERT INTO "sign_in_tries" VALUES('á1',1,'2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250');
CREATE TABLE sign_off (
	kind VARCHAR(20) NOT NULL, 
	"key" VARCHAR(80) NOT NULL, 
	language VARCHAR(2) NOT NULL, 
	content_hash VARCHAR(64) NOT NULL, 
	staff_id INTEGER NOT NULL, 
	signed_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	withdrawn_at DATETIME, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_sign_off PRIMARY KEY (id), 
	CONSTRAINT fk_sign_off_staff_id FOREIGN KEY(staff_id) REFERENCES staff (id)
);
INSERT INTO "sign_off" VALUES('á1','á1','á1','á1',1,'2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1);
CREATE TABLE snapshot (
	edition INTEGER NOT NULL, 
	layout INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	blob BLOB NOT NULL, searched VARCHAR(40), 
	CONSTRAINT pk_snapshot PRIMARY KEY (edition)
);
INSERT INTO "snapshot" VALUES(1,1,'2026-11-22 12:30:15.000250',X'00FF','á1');
CREATE TABLE source (
	name VARCHAR(64) NOT NULL, 
	priority INTEGER DEFAULT '0' NOT NULL, 
	is_demo BOOLEAN NOT NULL, 
	header_mapping JSON, 
	created_at DATETIME NOT NULL, 
	retired_at DATETIME, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_source PRIMARY KEY (id), 
	CONSTRAINT uq_source_name UNIQUE (name)
);
INSERT INTO "source" VALUES('á1',1,1,'{"\u00e1": 1}','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1);
CREATE TABLE source_file (
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	encoding VARCHAR(20) NOT NULL, 
	delimiter VARCHAR(4) NOT NULL, 
	header JSON NOT NULL, 
	content_zlib BLOB, 
	id INTEGER NOT NULL, columns JSON, 
	CONSTRAINT pk_source_file PRIMARY KEY (id), 
	CONSTRAINT fk_source_file_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id)
);
INSERT INTO "source_file" VALUES(1,'á1','á1','á1',1,'á1','á1','["\u00e1", "b"]',X'00FF',1,'["\u00e1", "b"]');
CREATE TABLE staff (
	name VARCHAR(100) NOT NULL, 
	role VARCHAR(20) NOT NULL, 
	password_hash TEXT NOT NULL, 
	session_epoch INTEGER NOT NULL, 
	failed_sign_ins INTEGER NOT NULL, 
	locked_until DATETIME, 
	created_at DATETIME NOT NULL, 
	disabled_at DATETIME, 
	id INTEGER NOT NULL, last_sign_in_at DATETIME, 
	CONSTRAINT pk_staff PRIMARY KEY (id), 
	CONSTRAINT uq_staff_name UNIQUE (name), 
	CONSTRAINT ck_staff_role CHECK (role IN ('viewer', 'editor', 'clinical_reviewer', 'administrator'))
);
INSERT INTO "staff" VALUES('á1','viewer','á1',1,1,'2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250','2026-11-22 12:30:15.000250',1,'2026-11-22 12:30:15.000250');
CREATE TABLE staff_note (
	public_id VARCHAR(250) NOT NULL, 
	note TEXT NOT NULL, 
	scheduling_phone VARCHAR(30) NOT NULL, 
	referral_rules TEXT NOT NULL, 
	records_rules TEXT NOT NULL, 
	changed_by VARCHAR(200) NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_staff_note PRIMARY KEY (public_id)
);
INSERT INTO "staff_note" VALUES('á1','á1','á1','á1','á1','á1','2026-11-22 12:30:15.000250');
CREATE TABLE stated_capability (
	practitioner_key VARCHAR(80), 
	location_key VARCHAR(80), 
	target_kind VARCHAR(20) NOT NULL, 
	target VARCHAR(80) NOT NULL, 
	level VARCHAR(20) NOT NULL, 
	approved_by VARCHAR(200) NOT NULL, 
	approved_on DATE, 
	dataset_id INTEGER NOT NULL, 
	section VARCHAR(20) NOT NULL, 
	id INTEGER NOT NULL, profile VARCHAR(80), 
	CONSTRAINT pk_stated_capability PRIMARY KEY (id), 
	CONSTRAINT ck_stated_capability_has_subject CHECK (practitioner_key IS NOT NULL OR location_key IS NOT NULL), 
	CONSTRAINT fk_stated_capability_dataset_id_location_key FOREIGN KEY(dataset_id, location_key) REFERENCES location (dataset_id, "key"), 
	CONSTRAINT fk_stated_capability_dataset_id_practitioner_key FOREIGN KEY(dataset_id, practitioner_key) REFERENCES practitioner (dataset_id, "key"), 
	CONSTRAINT fk_stated_capability_dataset_id FOREIGN KEY(dataset_id) REFERENCES dataset (id), 
	CONSTRAINT ck_stated_capability_target_kind CHECK (target_kind IN ('condition', 'procedure')), 
	CONSTRAINT ck_stated_capability_level CHECK (level IN ('main_focus', 'performs', 'treats', 'refers', 'does_not'))
);
INSERT INTO "stated_capability" VALUES('á1','á1','condition','á1','main_focus','á1','2026-11-22',1,'á1',1,'á1');
CREATE UNIQUE INDEX uq_dataset_one_active ON dataset (source_id) WHERE active;
CREATE INDEX ix_activation_source_id ON activation (source_id);
CREATE INDEX ix_source_file_dataset_id ON source_file (dataset_id);
CREATE INDEX ix_practitioner_npi ON practitioner (npi);
CREATE INDEX ix_stated_capability_person ON stated_capability (dataset_id, practitioner_key);
CREATE INDEX ix_stated_capability_place ON stated_capability (dataset_id, location_key);
CREATE INDEX ix_amendment_public_id ON amendment (public_id);
CREATE INDEX ix_sign_off_row ON sign_off (kind, "key", language);
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE INDEX ix_import_problem_dataset_id ON import_problem (dataset_id);
CREATE INDEX ix_healthcare_service_place ON healthcare_service (location_key, dataset_id);
CREATE INDEX ix_practitioner_role_place ON practitioner_role (location_key, dataset_id);
CREATE INDEX ix_mistake_report_public_id ON mistake_report (public_id);
CREATE INDEX ix_mistake_report_day ON mistake_report (reported_on);
CREATE INDEX ix_sign_in_tries_last_at ON sign_in_tries (last_at);
CREATE INDEX ix_file_check_state ON file_check (state);
CREATE INDEX ix_checked_file_check_id ON checked_file (check_id);
CREATE INDEX ix_same_place_kept_id ON same_place (kept_id);
CREATE INDEX ix_confirmation_link_public_id ON confirmation_link (public_id);
CREATE INDEX ix_confirmed_fact_link_id ON confirmed_fact (link_id);
CREATE INDEX ix_confirmed_fact_said_at ON confirmed_fact (said_at);
CREATE INDEX ix_geocode_outcome ON geocode (outcome);
COMMIT;

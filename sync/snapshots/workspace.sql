-- The workspace of one plan: what reading fills, what the rules make of it, what comparison finds.
-- Every room of the core that works on a plan agrees on these tables and on nothing else.

-- Filled by sync.ums.reading -----------------------------------------------------------------
-- Students as they stand in the database, contract names, minus CPR and BirthDay, which never
-- enter a file. BIT is 0 or 1; a column the installation lacks is NULL throughout.
CREATE TABLE student (
  row_number BIGINT NOT NULL,              -- 1, 2, ... in the order read
  UserTypes_ID INTEGER, StudieNr VARCHAR, SLI_ID VARCHAR, UMS_IDFromAdministrativeSystem VARCHAR,
  Fornavne VARCHAR, Efternavn VARCHAR, SecretAddress TINYINT, UniLogin VARCHAR,
  WorkMail VARCHAR, PrivateMail VARCHAR, PhoneNumber VARCHAR, MobilePhone VARCHAR,
  Adresse VARCHAR, PostNummer VARCHAR, City VARCHAR, StartDato VARCHAR, SlutDato VARCHAR,
  AktivitetsID VARCHAR, Aktivitet VARCHAR, ActivityDisplayName VARCHAR, Kort_Betegnelse VARCHAR,
  Aktiviteter_StartDato VARCHAR, Aktiviteter_SlutDato VARCHAR,
  Skolefag VARCHAR, Skolefag_LMS TINYINT, SKFA_ID VARCHAR,
  DepartmentID VARCHAR, Department VARCHAR, EducationID VARCHAR, Education VARCHAR,
  Skolekode VARCHAR, ExtraField1 VARCHAR);

CREATE TABLE organization_setting (
  ID INTEGER, Description VARCHAR, URL VARCHAR, Username VARCHAR, SourceOrganization VARCHAR,
  SQLCriteria VARCHAR, OrganizationAPIClientID VARCHAR, OrganizationAPIURL VARCHAR,
  UseTestInstallation TINYINT, InstallationID INTEGER,
  UMSCoursesCreated TINYINT, UMSTemplateGroupsCreated TINYINT,
  UMSGroupsCreated TINYINT, UMSCoursesArchiveCreated TINYINT);
CREATE TABLE itslearning_setting (
  ID INTEGER, Description VARCHAR, OrganizationSettings_ID INTEGER, MaintainTemplateGroups TINYINT,
  StudentAddress TINYINT, StudentPhone TINYINT, StudentMobilePhone TINYINT, StudentMail TINYINT,
  EmployeeAddress TINYINT, EmployeePhone TINYINT, EmployeeMobilePhone TINYINT, EmployeeMail TINYINT,
  Language VARCHAR, CourseCategory VARCHAR, ActivitySites VARCHAR, CourseSites VARCHAR,
  ActivityFilter VARCHAR, CourseFilter VARCHAR, NodeStartIndex INTEGER, NodeLength INTEGER,
  NodeAddShortDescription TINYINT, RemoveLearnerMethod VARCHAR, DeleteSites VARCHAR,
  SendMailToTeachers TINYINT, CreateDaysBefore INTEGER, StartPublishingDaysBefore INTEGER,
  DeleteDaysAfterEnd INTEGER, TeacherRole VARCHAR, StudentRole VARCHAR, SQLGroups VARCHAR);
CREATE TABLE site_setting (ID INTEGER, Description VARCHAR, Template VARCHAR, CourseCreator VARCHAR);
CREATE TABLE cohort_setting (ID INTEGER, Description VARCHAR, Template VARCHAR, CourseCreator VARCHAR);
CREATE TABLE template (
  ID INTEGER, Name VARCHAR, UserTypes_ID INTEGER, SQLFilter VARCHAR, itslearningSettings_ID INTEGER,
  itslearningSiteSettings_ID INTEGER, itslearningCohortSettings_ID INTEGER);
CREATE TABLE sub_account_setting (
  ID INTEGER, OrganizationSettings_ID INTEGER, Parent_ID INTEGER, Description VARCHAR,
  DatabaseField VARCHAR, SQLCriteria VARCHAR);
CREATE TABLE sub_account_courses_setting (
  ID INTEGER, OrganizationSettings_ID INTEGER, Parent_ID INTEGER, Description VARCHAR,
  DatabaseField VARCHAR, DatabaseFieldDisplayname VARCHAR, SQLCriteria VARCHAR);
CREATE TABLE timetable_block (
  BlockKey VARCHAR, AktivitetsID VARCHAR, Skolefag VARCHAR, StartsAt TIMESTAMP, EndsAt TIMESTAMP,
  Title VARCHAR, Room VARCHAR);

-- Held: what itslearning was last known to hold. Rebuilt by sync.snapshots. ---------------------
-- Temporary, because half of the time to rebuild it would go into compressing and logging rows of a
-- database that is thrown away; where memory is short it spills like any temporary table.
-- In the contact columns NULL means: never sent, whatever itslearning has stays as it is.
CREATE TEMP TABLE held_person (
  key VARCHAR NOT NULL, user_name VARCHAR, first_name VARCHAR, last_name VARCHAR, role VARCHAR,
  email VARCHAR, phone VARCHAR, mobile VARCHAR, street VARCHAR, postcode VARCHAR, city VARCHAR,
  administrative_id VARCHAR,               -- only remembered (readings.md 8)
  school VARCHAR);                         -- only remembered; the scope of its limits
CREATE TEMP TABLE held_group (
  kind VARCHAR NOT NULL,                   -- node | group | course
  key VARCHAR NOT NULL, title VARCHAR, parent_key VARCHAR,
  type VARCHAR,                            -- Unspecified | Course
  node_id VARCHAR,                         -- rooms and groups: before the prefix
  site_type VARCHAR,                       -- rooms: Activity | Course
  template_key VARCHAR, creator_key VARCHAR, language VARCHAR, category VARCHAR, -- creation only
  setting_id INTEGER,                      -- rooms: itslearningSettings.ID that made it
  ums_template_id INTEGER,                 -- template groups: Templates.ID
  ended DATE, archived DATE, empty_since DATE,   -- rooms: only remembered (rules.md 14)
  depth INTEGER,                           -- 0 under the root, 1 under that, ...
  school VARCHAR);
CREATE TEMP TABLE held_membership (
  person_key VARCHAR NOT NULL, group_key VARCHAR NOT NULL, role VARCHAR, school VARCHAR);
CREATE TEMP TABLE held_event (
  key VARCHAR NOT NULL, starts_at TIMESTAMP, ends_at TIMESTAMP, title VARCHAR, description VARCHAR,
  course_key VARCHAR, school VARCHAR);

-- Persons that this program deleted and itslearning therefore has in its trash (readings.md 37).
CREATE TEMP TABLE held_trash (
  key VARCHAR NOT NULL, user_name VARCHAR, first_name VARCHAR, last_name VARCHAR);

-- Read from the site where the plan needs it (a first plan, plan --live, drift). ------------------
CREATE TABLE live_person (
  key VARCHAR, user_name VARCHAR, first_name VARCHAR, last_name VARCHAR, role VARCHAR, email VARCHAR,
  phone VARCHAR, mobile VARCHAR, street VARCHAR, postcode VARCHAR, city VARCHAR, nick VARCHAR);

CREATE TABLE live_group (key VARCHAR, title VARCHAR, parent_key VARCHAR, type VARCHAR);
CREATE TABLE live_membership (key VARCHAR, person_key VARCHAR, group_key VARCHAR, role VARCHAR);

-- Persons whose profile at itslearning is Administrator: never touched (rules.md 8, readings.md 5).
CREATE TABLE administrator (key VARCHAR NOT NULL);

-- What is held here, wanted no longer, and held or wanted by another organization on the same site:
-- it is let go of, never deleted. ``held`` names the table, ``key`` is person@group for a membership,
-- ``word`` is has or wants. Filled by sync.runs.sharing.
CREATE TABLE shared (
  held VARCHAR NOT NULL, key VARCHAR NOT NULL, organization VARCHAR NOT NULL, word VARCHAR NOT NULL);

-- Settings that may create nothing now, found by asking the site (rules.md 15). -------------------
CREATE TABLE refused_setting (table_name VARCHAR, setting_id INTEGER, reason VARCHAR);

-- Made by sync.rules: all that itslearning should hold. Rows kept as they are held because of
-- problem rows (rules.md 2 and 3) stand here too, as copies, with kept = true. --------------------
CREATE TABLE problem (reason VARCHAR NOT NULL, key VARCHAR NOT NULL, count BIGINT NOT NULL, detail VARCHAR);
CREATE TEMP TABLE wanted_person (
  key VARCHAR NOT NULL, user_name VARCHAR, first_name VARCHAR, last_name VARCHAR, role VARCHAR,
  email VARCHAR, phone VARCHAR, mobile VARCHAR, street VARCHAR, postcode VARCHAR, city VARCHAR,
  administrative_id VARCHAR, school VARCHAR, kept BOOLEAN NOT NULL DEFAULT false);
CREATE TEMP TABLE wanted_group (
  kind VARCHAR NOT NULL, key VARCHAR NOT NULL, title VARCHAR, parent_key VARCHAR, type VARCHAR,
  node_id VARCHAR, site_type VARCHAR, template_key VARCHAR, creator_key VARCHAR, language VARCHAR,
  category VARCHAR, setting_id INTEGER, ums_template_id INTEGER,
  ended DATE, archived DATE, empty_since DATE, depth INTEGER, school VARCHAR,
  kept BOOLEAN NOT NULL DEFAULT false);
CREATE TEMP TABLE wanted_membership (
  person_key VARCHAR NOT NULL, group_key VARCHAR NOT NULL, role VARCHAR, school VARCHAR,
  kept BOOLEAN NOT NULL DEFAULT false);
CREATE TEMP TABLE wanted_event (
  key VARCHAR NOT NULL, starts_at TIMESTAMP, ends_at TIMESTAMP, title VARCHAR, description VARCHAR,
  course_key VARCHAR, school VARCHAR);
-- Rooms whose time is over: op = delete (Auto) or forget (Manual) (rules.md 14, readings.md 29).
CREATE TABLE leaving_group (key VARCHAR NOT NULL, op VARCHAR NOT NULL, reason VARCHAR);
-- When the rooms that have a start begin; the school-year guard asks for it.
CREATE TABLE room_start (key VARCHAR NOT NULL, starts DATE NOT NULL);

-- Made by sync.comparison, graded by sync.guard, sealed into the run file. ------------------------
CREATE TABLE change (
  seq BIGINT NOT NULL,                     -- 1, 2, ... in the order of carrying out (rules.md 22)
  stage INTEGER NOT NULL,                  -- see sync.model.STAGES
  depth INTEGER NOT NULL,                  -- order inside a stage: parents first, or children first
  kind VARCHAR NOT NULL, op VARCHAR NOT NULL, key VARCHAR NOT NULL,
  label VARCHAR NOT NULL, school VARCHAR NOT NULL,
  person_key VARCHAR, group_key VARCHAR,   -- memberships: its two ends; groups: group_key = parent
  before VARCHAR, after VARCHAR,           -- what is sent, as JSON objects of texts
  memory VARCHAR,                          -- what is only remembered, as a JSON object
  reason VARCHAR NOT NULL DEFAULT '',
  status VARCHAR NOT NULL DEFAULT 'planned',   -- planned | postponed | held
  message VARCHAR NOT NULL DEFAULT '');
-- What an undo would do about each change (op NULL: nothing), and what it would not bring back.
CREATE TABLE inverse (seq BIGINT NOT NULL, op VARCHAR, loss VARCHAR NOT NULL);
-- Memberships that go with a deleted person or room, which an undo makes again.
CREATE TABLE goes_along (
  seq BIGINT NOT NULL, person_key VARCHAR NOT NULL, group_key VARCHAR NOT NULL, role VARCHAR);

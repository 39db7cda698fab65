-- The UMS database of the tests, in T-SQL: the names and types of the contract.
CREATE TABLE Students (
  UserTypes_ID INT NOT NULL,
  StudieNr NVARCHAR(64) NULL,
  SLI_ID NVARCHAR(64) NULL, UMS_IDFromAdministrativeSystem NVARCHAR(128) NULL,
  Fornavne NVARCHAR(128) NULL, Efternavn NVARCHAR(128) NULL,
  CPR NVARCHAR(32) NULL, BirthDay NVARCHAR(16) NULL,
  SecretAddress BIT NULL, UniLogin NVARCHAR(32) NULL,
  WorkMail NVARCHAR(255) NULL, PrivateMail NVARCHAR(255) NULL,
  PhoneNumber NVARCHAR(64) NULL, MobilePhone NVARCHAR(64) NULL,
  Adresse NVARCHAR(255) NULL, PostNummer NVARCHAR(16) NULL, City NVARCHAR(128) NULL,
  StartDato NVARCHAR(10) NULL, SlutDato NVARCHAR(10) NULL,
  AktivitetsID NVARCHAR(64) NULL, Aktivitet NVARCHAR(128) NULL,
  ActivityDisplayName NVARCHAR(255) NULL, Kort_Betegnelse NVARCHAR(64) NULL,
  Aktiviteter_StartDato NVARCHAR(10) NULL, Aktiviteter_SlutDato NVARCHAR(10) NULL,
  Skolefag NVARCHAR(128) NULL, Skolefag_LMS BIT NULL, SKFA_ID NVARCHAR(64) NULL,
  DepartmentID NVARCHAR(64) NULL, Department NVARCHAR(255) NULL,
  EducationID NVARCHAR(64) NULL, Education NVARCHAR(255) NULL,
  Skolekode NVARCHAR(16) NULL, ExtraField1 NVARCHAR(255) NULL);
CREATE TABLE itslearningOrganizationSettings (
  ID INT PRIMARY KEY, Description NVARCHAR(255) NOT NULL,
  URL NVARCHAR(400) NOT NULL, Username NVARCHAR(255) NOT NULL, Password NVARCHAR(255) NULL,
  SourceOrganization NVARCHAR(64) NOT NULL,
  SQLCriteria NVARCHAR(MAX) NULL,
  OrganizationAPIClientID NVARCHAR(255) NULL, OrganizationAPIClientSecret NVARCHAR(255) NULL,
  OrganizationAPIURL NVARCHAR(400) NULL,
  UseTestInstallation BIT NOT NULL DEFAULT 0, InstallationID INT NULL,
  UMSCoursesCreated BIT NOT NULL DEFAULT 0, UMSTemplateGroupsCreated BIT NOT NULL DEFAULT 0,
  UMSGroupsCreated BIT NOT NULL DEFAULT 0, UMSCoursesArchiveCreated BIT NOT NULL DEFAULT 0);
CREATE TABLE itslearningSettings (
  ID INT PRIMARY KEY, Description NVARCHAR(255) NOT NULL, OrganizationSettings_ID INT NOT NULL,
  MaintainTemplateGroups BIT NOT NULL DEFAULT 0,
  StudentAddress BIT NOT NULL DEFAULT 0, StudentPhone BIT NOT NULL DEFAULT 0,
  StudentMobilePhone BIT NOT NULL DEFAULT 0, StudentMail BIT NOT NULL DEFAULT 1,
  EmployeeAddress BIT NOT NULL DEFAULT 0, EmployeePhone BIT NOT NULL DEFAULT 0,
  EmployeeMobilePhone BIT NOT NULL DEFAULT 0, EmployeeMail BIT NOT NULL DEFAULT 1,
  Language NVARCHAR(16) NULL, CourseCategory NVARCHAR(64) NULL,
  ActivitySites NVARCHAR(8) NOT NULL DEFAULT 'None',
  CourseSites NVARCHAR(8) NOT NULL DEFAULT 'None',
  ActivityFilter NVARCHAR(MAX) NULL, CourseFilter NVARCHAR(MAX) NULL,
  NodeStartIndex INT NULL, NodeLength INT NULL,
  NodeAddShortDescription BIT NOT NULL DEFAULT 0,
  RemoveLearnerMethod NVARCHAR(16) NOT NULL DEFAULT 'Finished',
  DeleteSites NVARCHAR(8) NOT NULL DEFAULT 'Auto',
  SendMailToTeachers BIT NOT NULL DEFAULT 0,
  CreateDaysBefore INT NOT NULL DEFAULT 14, StartPublishingDaysBefore INT NOT NULL DEFAULT 7,
  DeleteDaysAfterEnd INT NOT NULL DEFAULT 30,
  TeacherRole NVARCHAR(32) NOT NULL DEFAULT 'Instructor', StudentRole NVARCHAR(32) NOT NULL DEFAULT 'Learner',
  SQLGroups NVARCHAR(MAX) NULL);
CREATE TABLE itslearningSiteSettings   (ID INT PRIMARY KEY, Description NVARCHAR(255) NOT NULL,
  Template NVARCHAR(64) NULL, CourseCreator NVARCHAR(64) NULL);
CREATE TABLE itslearningCohortSettings (ID INT PRIMARY KEY, Description NVARCHAR(255) NOT NULL,
  Template NVARCHAR(64) NULL, CourseCreator NVARCHAR(64) NULL);
CREATE TABLE Templates (
  ID INT PRIMARY KEY, Name NVARCHAR(255) NOT NULL, UserTypes_ID INT NOT NULL, SQLFilter NVARCHAR(MAX) NULL,
  itslearningSettings_ID INT NULL, itslearningSiteSettings_ID INT NULL, itslearningCohortSettings_ID INT NULL);
CREATE TABLE itslearningSubAccountSettings (
  ID INT PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, Parent_ID INT NULL, Description NVARCHAR(255) NULL,
  DatabaseField NVARCHAR(128) NOT NULL, SQLCriteria NVARCHAR(MAX) NULL);
CREATE TABLE itslearningSubAccountCoursesSettings (
  ID INT PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, Parent_ID INT NULL, Description NVARCHAR(255) NULL,
  DatabaseField NVARCHAR(128) NOT NULL, DatabaseFieldDisplayname NVARCHAR(128) NULL, SQLCriteria NVARCHAR(MAX) NULL);
CREATE TABLE itslearning_Learners (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, UserName NVARCHAR(64) NOT NULL,
  SyncKey NVARCHAR(64) NULL, FirstName NVARCHAR(64) NULL, LastName NVARCHAR(64) NULL, Mail NVARCHAR(255) NULL,
  WhenCreated DATETIME2 NULL, WhenUpdated DATETIME2 NULL);
CREATE TABLE itslearning_Teachers (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, UserName NVARCHAR(64) NOT NULL,
  SyncKey NVARCHAR(64) NULL, FirstName NVARCHAR(64) NULL, LastName NVARCHAR(64) NULL, Mail NVARCHAR(255) NULL,
  WhenCreated DATETIME2 NULL, WhenUpdated DATETIME2 NULL);
CREATE TABLE itslearning_Sites (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, SiteType NVARCHAR(16) NOT NULL,
  NodeID NVARCHAR(255) NOT NULL, SyncKey NVARCHAR(64) NOT NULL, Title NVARCHAR(64) NOT NULL, ParentSyncKey NVARCHAR(64) NULL,
  WhenCreated DATETIME2 NULL, WhenArchived DATETIME2 NULL, WhenEmpty DATETIME2 NULL);
CREATE TABLE itslearning_SubAccount_Courses (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, SyncKey NVARCHAR(64) NOT NULL,
  ParentSyncKey NVARCHAR(64) NULL, Title NVARCHAR(64) NOT NULL);
CREATE TABLE itslearning_Groups (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, NodeID NVARCHAR(255) NOT NULL,
  SyncKey NVARCHAR(64) NOT NULL, Title NVARCHAR(64) NOT NULL, ParentSyncKey NVARCHAR(64) NULL, WhenCreated DATETIME2 NULL);
CREATE TABLE itslearning_SubAccount (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, SyncKey NVARCHAR(64) NOT NULL,
  ParentSyncKey NVARCHAR(64) NULL, Title NVARCHAR(64) NOT NULL);
CREATE TABLE itslearningTemplateGroups (
  ID INT IDENTITY PRIMARY KEY, OrganizationSettings_ID INT NOT NULL, Templates_ID INT NOT NULL,
  SyncKey NVARCHAR(64) NOT NULL, Title NVARCHAR(64) NOT NULL);
CREATE TABLE ImportFromDB_SkemaBrikker (
  BlockKey NVARCHAR(128) NOT NULL, AktivitetsID NVARCHAR(64) NOT NULL, Skolefag NVARCHAR(128) NULL,
  StartsAt DATETIME2 NOT NULL, EndsAt DATETIME2 NOT NULL, Title NVARCHAR(255) NULL, Room NVARCHAR(128) NULL);

"""The constants of rules.md that a site may have otherwise (its rules marked O), each named once.

Every name here is a SQL macro of the same name in the rule files.
"""

from __future__ import annotations

from types import MappingProxyType

NODE = "Unspecified"  # type of roots, nodes, plain groups and template groups (rules.md 17, 18)

CONSTANTS = MappingProxyType(
    {
        # Keys (rules.md 11, 17, 18, 20, 21).
        "course_prefix": "UMSCourse_",
        "group_prefix": "UMSGroups_",
        "node_prefix": "UMSNode_",
        "template_group_prefix": "UMSTemplate_",
        "groups_root": "UMSGroups",
        "template_groups_root": "UMSTemplateGroups",
        "courses_root": "UMSCourses",
        "archive_root": "UMSCoursesArchive",
        "node_hash_digits": 32,
        "path_separator": "\x1f",
        "join_mark": "_",  # between the parts of a node id (rules.md 10)
        "membership_mark": "@",  # between person key and group key (rules.md 21)
        # Titles of the four (rules.md 17).
        "groups_title": "UMS Groups",
        "template_groups_title": "UMS Template Groups",
        "courses_title": "UMS Courses",
        "archive_title": "UMS Courses archive",
        # Lengths in characters (rules.md 1, 7, 11, 21).
        "user_name_limit": 64,
        "name_limit": 64,
        "key_limit": 64,
        "title_limit": 64,
        "cut_mark": "...",
        "membership_key_limit": 255,
        # What itslearning calls things.
        "node_type": NODE,
        "course_type": "Course",
        "student_role": "Student",
        "staff_role": "Staff",
        "timetable_user": "UMSTimetableUser",
        "made_up_prefix": "itsla-",
        # What UMS calls things.
        "student_type": 1,
        "event_title_limit": 80,
        # Blocks of the timetable are written in local time.
        "local_zone": "Europe/Copenhagen",
        # Where a setting is NULL its default of ums-schema.sql holds.
        "default_create_days": 14,
        "default_publish_days": 7,
        "default_delete_days": 30,
        "default_teacher_role": "Instructor",
        "default_learner_role": "Learner",
    }
)

"""The documents of Heroku Connect's API as its own CLI's fixtures of 2025 have them (reference: clients.md 1.6, heroku-connect.md 1.2 to 1.10)."""

from .shapes import (
    absolute, anything, array, flag, integer, mapping, moment, nullable, one_of, record, relative, spaced_moment, text, uuid)

FEATURES = (
    "cdc_for_accelerated_polling", "disable_bulk_writes", "drift_max_batches_in_parallel_override", "early_sf_api_access", "force_picklist_255",
    "get_deleted_latest_date_check", "increased_query_cursor_limit", "log_memory_usage", "mtls_shield_connection", "poll_db_no_merge",
    "poll_external_ids", "rest_count_only", "retry_failed_create_soap_call", "retry_get_query_batch_result_ids",
    "set_odata_extra_float_digits_to_0", "sync_repair_unlimited_query_all", "temp_tables_in_transactions", "testing_flag_only",
    "ucs_basic_collation_index", "use_assignment_rules", "verbose_sfnotifier_logging")
USER_INFO = (
    "id", "asserted_user", "user_id", "organization_id", "username", "nick_name", "display_name", "email", "email_verified", "first_name",
    "last_name", "timezone", "photos", "mobile_phone", "mobile_phone_verified", "is_lightning_login_user", "status", "urls", "active",
    "user_type", "language", "locale", "utcOffset", "last_modified_date", "profile_perms")

DISCOVERED = record({
    "id": uuid, "resource_name": text, "display_name": nullable(text), "addon_type": one_of("Sync"), "app_name": text, "app_id": uuid,
    "region": text, "region_url": absolute, "region_flag": text, "region_label": text, "cell_label": text, "cell": text, "detail_url": absolute})
PLACES = {
    "regions": mapping(record({"flag": text, "label": text})), "cells": mapping(record({"url": absolute, "flag": text, "label": text}))}
DISCOVERY = record({"results": array(DISCOVERED), "next": nullable(absolute), "previous": nullable(absolute), "count": integer} | PLACES)
LINK = record({"user": record({"id": text, "email": text}), "connections": array(DISCOVERED)} | PLACES)

CONFIG = record(
    {
        "access": one_of("read_only", "read_write"), "sf_notify_enabled": flag, "sf_polling_seconds": integer,
        "sf_max_daily_api_calls": integer, "fields": mapping(mapping(anything)), "indexes": mapping(record({"unique": flag})),
        "revision": integer, "applied_at": moment,
    },
    optional={"upsert_field": nullable(text)})
MAPPING = record({
    "id": uuid, "_id": integer, "object_name": text, "state": text, "state_description": text, "config": CONFIG,
    "access": one_of("read_only", "read_write"), "sf_notify_enabled": flag, "sf_polling_seconds": integer, "upsert_field": nullable(text),
    "detail_url": relative, "errors_url": relative, "schema_url": absolute, "created_at": moment, "updated_at": moment,
    "connection": record({"id": uuid}), "counts": record({"db": integer, "sf": integer, "pending": integer, "errors": integer}),
    "db_count_date": nullable(moment), "salesforce_count_date": nullable(moment), "actively_writing": flag, "is_polling": flag,
    "sync_flags": mapping(anything), "has_hc_columns": flag,
    "times": record({name: nullable(spaced_moment) for name in ("sf_poll", "sf_write", "db_poll", "db_write")})})

CONNECTION_KEYS = {
    "id": uuid, "_id": integer, "name": text, "internal_name": text, "addon_id": uuid, "resource_name": text, "app_name": text,
    "app_id": uuid, "team_name": nullable(text), "enterprise_account_name": nullable(text), "schema_name": text, "db_key": nullable(text),
    "database": nullable(record({"host": text, "database": text, "port": integer})), "organization_id": text, "state": text,
    "mappings_summary_state": text, "tags": array(anything),
    "sf_info": record({
        "username": nullable(text), "organization_id": text, "environment": one_of("production", "sandbox", "custom"), "domain": absolute,
        "api_version": text}),
    "api_version": text, "created_at": moment, "auth_updated": nullable(moment), "plan": text, "free_edition": flag, "dogwood": flag,
    "deletable": flag, "logplex_log_enabled": flag, "user_info": record({name: anything for name in USER_INFO}),
    "metrics": record({"last_write_activity_time": nullable(moment)}), "large_query_threshold": integer, "bulk_page_size": integer,
    "soap_batch_size": integer, "features": record({name: flag for name in FEATURES}), "notifications_url": relative,
    "odata": nullable(record({"id": integer, "slug": text})), "sf_instance": nullable(text), "sf_region": nullable(text)}
CONNECTION = record(CONNECTION_KEYS | {"detail_url": relative})
DEEP_CONNECTION = record(CONNECTION_KEYS | {"detail_url": relative, "mappings": array(MAPPING)})
# The region's list tells all of it, with the absolute address: some clients ask only here.
LISTED = record({"count": integer, "results": array(record(CONNECTION_KEYS | {"detail_url": absolute}))})

EXPORT = record({
    "mappings": array(record({"object_name": text, "config": record({"fields": mapping(mapping(anything))})})),
    "connection": record({
        "app_name": text, "organization_id": text, "exported_at": moment, "features": mapping(flag), "api_version": text, "name": text,
        "logplex_log_enabled": flag}),
    "version": one_of(1)})
WRITE_ERRORS = record({
    "count": integer,
    "results": array(record({"id": anything, "table_name": text, "record_id": anything, "message": text, "created_at": moment}))})
NOTIFICATIONS = record({
    "results": array(record({"id": anything, "created_at": moment, "event_type": text, "message": text})), "next": nullable(absolute),
    "count": integer})
FINDINGS = array(record({"display_name": text, "message": text, "rule_id": text, "status": text}, optional={"doc_url": text}))
# 0.12 of the CLI breaks off when one of the four is missing, in a mapping, too.
VALIDATION = record({name: FINDINGS for name in ("errors", "warnings", "passes", "skips")})
CONNECTION_VALIDATION = record(
    {name: FINDINGS for name in ("errors", "warnings", "passes", "skips")} | {"mappings": mapping(VALIDATION)})
DIFFERENCE = record({
    "guid": text, "current_api_version": text, "target_api_version": text,
    "mappings": array(record({
        "name": text, "fields_have_changed": flag, "has_unsafe_changes": flag, "action_undetermined": flag, "result_message": text}))})
SCHEMA = record({"name": text, "fields": array(record({"name": text, "required": flag, "type": text}))})
DB_KEYS = record({"db_keys": array(record({"name": text, "addon": nullable(record({"plan": text}))}))})
ERROR = record({"code": text, "message": text})

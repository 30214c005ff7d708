"""The official Python client, as it is installed, drives a served app by its address alone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from tests.conformance.frameworks.conftest import KEY
from tests.conformance.novu.conftest import fill
from tests.conformance.novu.serving import served
from tests.conftest import until

novu_py = pytest.importorskip("novu_py")
errors = novu_py.models
pytestmark = pytest.mark.filterwarnings("ignore:warning.*DEPRECATED:DeprecationWarning")  # its own models' fields
ADA = {"subscriber_id": "ada", "first_name": "Ada", "last_name": "King", "email": "ada@example.org"}


@pytest.fixture
def address(registry):
    with served(fill(registry)) as (url, _):
        yield url


@pytest.fixture
def sdk(address):
    patience = novu_py.utils.BackoffStrategy(10, 50, 1.5, 500)  # by default a 5xx would hang this test for an hour
    retries = novu_py.utils.RetryConfig("backoff", patience, True)
    with novu_py.Novu(secret_key=KEY, server_url=address, retry_config=retries) as client:
        yield client


@pytest.fixture
def ada(sdk):
    return sdk.subscribers.create(create_subscriber_request_dto=ADA).result


def trigger(sdk, to="ada", name="welcome", payload=None, **more):
    body = {"workflow_id": name, "to": to, "payload": {"firstName": "Ada"} if payload is None else payload, **more}
    return sdk.trigger(trigger_event_request_dto=body).result


def jobs_of(sdk, transaction_id):
    found = sdk.notifications.list(request={"transaction_id": transaction_id}).result.data
    return [(job.type.value, job.status) for run in found for job in run.jobs]


def test_trigger_twice_and_the_activity_feed(sdk, ada):
    for _ in range(2):
        done = trigger(sdk, transaction_id="tx")
        assert (done.acknowledged, done.status.value, done.transaction_id) == (True, "processed", "tx")
    until(lambda: jobs_of(sdk, "tx") == [("in_app", "completed"), ("email", "completed")])
    [run] = sdk.notifications.list(
        request={"transaction_id": "tx", "channels": ["email"], "subscriber_ids": ["ada"]}
    ).result.data
    assert run.subscriber.subscriber_id == "ada"
    assert sdk.notifications.retrieve(notification_id=run.id).result.transaction_id == "tx"
    page = sdk.messages.retrieve(request={"transaction_id": ["tx"], "channel": "in_app"}).result
    assert ([item.content for item in page.data], page.total_count) == (["Ada"], 1)
    assert sdk.messages.delete(message_id=page.data[0].id).result.acknowledged
    sdk.messages.delete_by_transaction_id(transaction_id="tx")
    with pytest.raises(errors.ErrorDto):
        sdk.messages.delete_by_transaction_id(transaction_id="tx")


def test_bulk_broadcast_and_cancel(sdk, ada):
    sdk.subscribers.create(create_subscriber_request_dto={"subscriber_id": "bob"})
    events = [
        {"workflow_id": "none", "to": "ada"},
        {"workflow_id": "weekly", "to": ["ada"], "payload": {}, "transaction_id": "tx-bulk"},
    ]
    done = sdk.trigger_bulk(bulk_trigger_event_dto={"events": events}).result
    assert [(item.status.value, item.error) for item in done] == [
        ("error", ["workflow_not_found"]),
        ("processed", None),
    ]
    body = {"name": "weekly", "payload": {"n": 1}, "transaction_id": "tx-all"}
    assert sdk.trigger_broadcast(trigger_event_to_all_request_dto=body).result.status.value == "processed"
    until(lambda: len(jobs_of(sdk, "tx-all")) >= 2)
    assert sdk.cancel(transaction_id="tx-bulk").result is True
    assert sdk.cancel(transaction_id="tx-none").result is False
    assert jobs_of(sdk, "tx-bulk") == [("digest", "canceled")]


def test_what_is_wrong_with_a_trigger_is_a_typed_error_with_its_message(sdk):
    with pytest.raises(errors.ValidationErrorDto) as raised:
        trigger(sdk, name="none")
    assert raised.value.data.message == "workflow_not_found"
    with pytest.raises(errors.PayloadValidationExceptionDto) as raised:
        trigger(sdk, payload={"firstName": 7})
    assert [fault.field for fault in raised.value.data.errors] == ["firstName"]
    assert trigger(sdk, name="draft-one").status.value == "trigger_not_active"


def test_subscribers_and_their_credentials(sdk, ada):
    assert (ada.subscriber_id, ada.first_name, ada.deleted) == ("ada", "Ada", False)
    again = sdk.subscribers.create(create_subscriber_request_dto={"subscriber_id": "ada", "locale": "en_GB"}).result
    assert (again.id, again.first_name, again.locale) == (ada.id, "Ada", "en_GB")
    changed = sdk.subscribers.patch(
        subscriber_id="ada", patch_subscriber_request_dto={"last_name": None, "phone": "+1"}
    )
    assert (bool(changed.result.last_name), changed.result.phone) == (False, "+1")
    bulk = sdk.subscribers.create_bulk(
        bulk_subscriber_create_dto={
            "subscribers": [{"subscriber_id": "ada"}, {"subscriber_id": "bob"}, {"subscriber_id": ""}]
        }
    ).result
    assert ([item.subscriber_id for item in bulk.updated], [item.subscriber_id for item in bulk.created]) == (
        ["ada"],
        ["bob"],
    )
    assert len(bulk.failed) == 1
    first = sdk.subscribers.search(request={"limit": 1, "order_direction": "ASC"}).result
    second = sdk.subscribers.search(request={"limit": 1, "order_direction": "ASC", "after": first.next}).result
    assert [item.subscriber_id for item in (*first.data, *second.data)] == ["ada", "bob"]
    assert (first.previous, second.next, second.total_count) == (None, None, 2)
    channel = {"provider_id": "expo", "credentials": {"device_tokens": ["one"]}}
    sdk.subscribers.credentials.update(subscriber_id="ada", update_subscriber_channel_request_dto=channel)
    channel["credentials"] = {"device_tokens": ["two", "one"]}
    found = sdk.subscribers.credentials.append(
        subscriber_id="ada", update_subscriber_channel_request_dto=channel
    ).result
    assert found.channels[0].credentials.device_tokens == ["one", "two"]
    sdk.subscribers.credentials.delete(subscriber_id="ada", provider_id="expo")
    assert sdk.subscribers.retrieve(subscriber_id="ada").result.channels == []
    assert sdk.subscribers.delete(subscriber_id="ada").result.acknowledged
    with pytest.raises(errors.ErrorDto) as raised:
        sdk.subscribers.retrieve(subscriber_id="ada")
    assert (raised.value.data.status_code, "ada" in raised.value.data.message) == (404, True)


def test_an_id_beyond_ascii_and_with_an_at_sign(sdk):
    for name in ("zoë@example.org", "a b", "100%", "x" * 300):
        sdk.subscribers.create(create_subscriber_request_dto={"subscriber_id": name})
        assert sdk.subscribers.retrieve(subscriber_id=name).result.subscriber_id == name


def test_preferences(sdk, ada):
    found = sdk.subscribers.preferences.list(subscriber_id="ada").result
    assert [item.workflow.identifier for item in found.workflows] == ["welcome", "weekly", "draft-one"]
    body = {"channels": {"email": False}, "workflow_id": "welcome"}
    found = sdk.subscribers.preferences.update(subscriber_id="ada", patch_subscriber_preferences_dto=body).result
    assert (found.workflows[0].channels.email, found.global_.channels.email) == (False, True)
    hours = {
        "is_enabled": True,
        "weekly_schedule": {"monday": {"is_enabled": True, "hours": [{"start": "09:00 AM", "end": "05:00 PM"}]}},
    }
    body = {"channels": {"in_app": False}, "schedule": hours}
    found = sdk.subscribers.preferences.update(subscriber_id="ada", patch_subscriber_preferences_dto=body).result
    assert found.global_.schedule.weekly_schedule.monday.hours[0].start == "09:00 AM"
    body = {"preferences": [{"workflow_id": "weekly", "channels": {"email": False}}]}
    [one] = sdk.subscribers.preferences.bulk_update(
        subscriber_id="ada", bulk_update_subscriber_preferences_dto=body
    ).result
    assert (one.workflow.identifier, one.channels.email) == ("weekly", False)
    body = {"channels": {}, "workflow_id": "none"}
    with pytest.raises(errors.ErrorDto):
        sdk.subscribers.preferences.update(subscriber_id="ada", patch_subscriber_preferences_dto=body)


def test_topics(sdk, ada):
    assert (
        sdk.topics.create(create_update_topic_request_dto={"key": "readers", "name": "Readers"}).result.name
        == "Readers"
    )
    assert sdk.topics.update(topic_key="readers", update_topic_request_dto={"name": "All"}).result.name == "All"
    body = {"subscriptions": ["ada", "nobody"]}
    done = sdk.topics.subscriptions.create(topic_key="readers", create_topic_subscriptions_request_dto=body).result
    assert (done.meta.successful, done.meta.failed, done.errors[0].code) == (1, 1, "SUBSCRIBER_NOT_FOUND")
    members = sdk.topics.subscriptions.list(request={"topic_key": "readers"}).result
    assert [item.subscriber.subscriber_id for item in members.data] == ["ada"]
    assert (
        sdk.topics.subscribers.retrieve(topic_key="readers", external_subscriber_id="ada").result.topic_key == "readers"
    )
    assert [item.topic.key for item in sdk.subscribers.topics.list(request={"subscriber_id": "ada"}).result.data] == [
        "readers"
    ]
    done = trigger(sdk, {"topic_key": "readers", "type": "Topic"}, transaction_id="tx-topic")
    until(lambda: len(jobs_of(sdk, "tx-topic")) == 2)
    body = {"subscriptions": [{"subscriber_id": "ada"}]}
    done = sdk.topics.subscriptions.delete(topic_key="readers", delete_topic_subscriptions_request_dto=body).result
    assert done.meta.successful == 1
    assert [topic.key for topic in sdk.topics.list(request={"key": "readers"}).result.data] == ["readers"]
    assert sdk.topics.delete(topic_key="readers").result.acknowledged
    with pytest.raises(errors.ErrorDto):
        sdk.topics.get(topic_key="readers")


def test_a_subscribers_inbox(sdk, ada):
    for number in range(3):
        trigger(sdk, payload={"firstName": str(number)}, transaction_id=str(number))
    until(lambda: len(sdk.subscribers.notifications.list(request={"subscriber_id": "ada"}).result.data) == 3)
    inbox = sdk.subscribers.notifications
    page = inbox.list(request={"subscriber_id": "ada", "limit": 2}).result
    assert (len(page.data), page.has_more) == (2, True)
    one = {"subscriber_id": "ada", "notification_id": page.data[0].id}
    assert (inbox.mark_as_read(**one).result.is_read, inbox.mark_as_unread(**one).result.is_read) == (True, False)
    assert (inbox.archive(**one).result.is_archived, inbox.unarchive(**one).result.is_archived) == (True, False)
    inbox.mark_all_as_read(subscriber_id="ada", update_all_subscriber_notifications_dto={})
    counts = inbox.count(subscriber_id="ada", filters='[{"read":true},{"read":false}]').result
    assert [item.count for item in counts] == [3, 0]
    inbox.mark_as_seen(
        subscriber_id="ada", mark_subscriber_notifications_as_seen_dto={"notification_ids": [page.data[1].id]}
    )
    feed = inbox.feed(request={"subscriber_id": "ada"}).result
    assert (feed.total_count, feed.data[0].channel.value) == (3, "in_app")
    assert inbox.unseen_count(subscriber_id="ada").result.count == 0
    soon = {"snooze_until": (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()}
    assert inbox.snooze(request={**one, "snooze_subscriber_notification_dto": soon}).result.is_snoozed
    assert not inbox.unsnooze(**one).result.is_snoozed
    inbox.delete(**one)
    inbox.delete_all(subscriber_id="ada", update_all_subscriber_notifications_dto={})
    assert inbox.list(request={"subscriber_id": "ada"}).result.data == []
    with pytest.raises(errors.ErrorDto) as raised:
        inbox.snooze(request={**one, "snooze_subscriber_notification_dto": soon})
    assert raised.value.data.status_code == 404


def test_workflows_steps_integrations_and_environments(sdk):
    found = sdk.workflows.list(request={"limit": 2, "query": "e"}).result
    assert (len(found.workflows), found.total_count) == (2, 3)
    workflow = sdk.workflows.get(workflow_id="welcome").result
    assert (workflow.name, workflow.status.value, len(workflow.steps)) == ("Welcome", "ACTIVE", 2)
    for workflow_id, step_id in (("welcome", "hello"), ("welcome", "letter"), ("weekly", "collect")):
        assert sdk.workflows.steps.retrieve(workflow_id=workflow_id, step_id=step_id).result.step_id == step_id
    assert {item.provider_id for item in sdk.integrations.list_active().result} == {"novu", "nodemailer"}
    assert len(sdk.integrations.list().result) == 2
    assert len(sdk.environments.list().result) == 1
    with pytest.raises(errors.ErrorDto):
        sdk.workflows.get(workflow_id="none")


def test_what_is_not_available_and_a_wrong_key_are_told_at_once(sdk, address):
    with pytest.raises(errors.ErrorDto) as raised:
        sdk.workflows.delete(workflow_id="welcome")
    assert (raised.value.data.status_code, "workflows are code" in raised.value.data.message) == (405, True)
    with pytest.raises(errors.ErrorDto) as raised:
        sdk.layouts.list(request={})
    assert raised.value.data.status_code == 405
    stranger = novu_py.Novu(secret_key="wrong", server_url=address + "/")
    with stranger, pytest.raises(errors.ErrorDto) as raised:
        stranger.subscribers.retrieve(subscriber_id="ada")
    assert raised.value.data.message == "API Key not found"


def test_an_existing_entity_is_the_error_that_is_the_entity(sdk, ada):
    once = novu_py.utils.RetryConfig("none", None, False)
    with pytest.raises(errors.SubscriberResponseDtoError) as raised:
        sdk.subscribers.create(create_subscriber_request_dto=ADA, fail_if_exists=True, retries=once)
    assert raised.value.data.subscriber_id == "ada"
    topic = {"key": "readers"}
    sdk.topics.create(create_update_topic_request_dto=topic)
    with pytest.raises(errors.TopicResponseDtoError) as raised:
        sdk.topics.create(create_update_topic_request_dto=topic, fail_if_exists=True, retries=once)
    assert raised.value.data.key == "readers"


def test_the_older_marks(sdk, ada):
    trigger(sdk, transaction_id="tx")
    until(lambda: sdk.subscribers.notifications.list(request={"subscriber_id": "ada"}).result.data)
    [message] = sdk.messages.retrieve(request={"transaction_id": ["tx"], "channel": "in_app"}).result.data
    body = {"message_id": message.id, "mark_as": "read"}
    [marked] = sdk.subscribers.messages.mark_all_as(subscriber_id="ada", message_mark_as_request_dto=body).result
    assert (marked.read, marked.seen) == (True, True)
    body = {"mark_as": "unread"}
    assert sdk.subscribers.messages.mark_all(subscriber_id="ada", mark_all_message_as_request_dto=body).result == 1

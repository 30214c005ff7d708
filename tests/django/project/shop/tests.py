"""What a project's own tests do; tests/django/test_project.py runs them with ``manage.py test``."""

import threading
from unittest import mock

from django.db import connection, connections, transaction
from django.test import TestCase, TransactionTestCase

from novu_core import Client, Registry
from novu_core.integrations.django import novu
from novu_core.integrations.django.client import AppClient
from novu_core.testing import NovuEnvironment
from shop.models import Order
from shop.notifications import ordered, ordered_async

ADA = {"subscriberId": "ada", "email": "ada@example.org"}


class Environment(TestCase):
    def setUp(self):
        self.env = NovuEnvironment(app=novu).__enter__()
        self.addCleanup(self.env.__exit__)

    def test_a_view_that_triggers(self):
        for _ in range(3):
            assert self.client.post("/order/ada/").json()["workers"] == []
        assert next(message.content["body"] for message in self.env.outbox.in_app) == "Order 1 of ada"
        self.env.advance(seconds=1)
        [mail] = self.env.outbox.email
        assert mail.content["subject"] == "3 orders"
        assert Order.objects.filter(told=True).count() == 3

    def test_the_api_is_open_while_testing(self):
        order = Order.objects.create(customer="ada")
        body = {"to": "ada", "payload": {"order": order.pk}}
        for name in ("ordered", "ordered-async"):
            answer = self.client.post(f"/api/novu/workflows/{name}/execute", body, content_type="application/json")
            assert answer.status_code in (200, 202), answer.content
        assert novu.inbox("ada").count() == 2

    async def test_async_code_triggers_too(self):
        order = await Order.objects.acreate(customer="bob")
        result = await ordered_async.atrigger(to="bob", payload={"order": order.pk})
        assert result.status == "completed"

    def test_the_client_is_given_back(self):
        assert novu._get_current_object() is self.env.client
        self.env.__exit__()
        assert isinstance(novu._get_current_object(), AppClient)
        assert novu.settings.secret_key == ("key",)

    def test_a_client_of_ones_own_is_nearer(self):
        with Client({"NOVU_WORKER": "none"}, [ordered]) as own:
            order = Order.objects.create(customer="eve")
            ordered.trigger(to="eve", payload={"order": order.pk})
            assert own.inbox("eve").count() == 1
        assert novu.inbox("eve").count() == 0


class Connections(TransactionTestCase):
    """With CONN_MAX_AGE at 0 every connection is too old at once."""

    def setUp(self):
        self.env = NovuEnvironment(app=novu).__enter__()
        self.addCleanup(self.env.__exit__)

    def test_a_transaction_of_the_caller_goes_on(self):
        with transaction.atomic():
            order = Order.objects.create(customer="ada")
            ordered.trigger(to="ada", payload={"order": order.pk})
            assert connection.in_atomic_block
            Order.objects.create(customer="bob")
            transaction.set_rollback(True)
        assert Order.objects.count() == 0

    def test_rows_that_the_caller_is_reading_go_on(self):
        Order.objects.bulk_create(Order(customer=f"customer-{number}") for number in range(5))
        for order in Order.objects.iterator(chunk_size=1):
            ordered.trigger(to=order.customer, payload={"order": order.pk})
        assert len(self.env.outbox.in_app) == 5

    def test_a_worker_closes_what_its_runs_opened(self):
        opened, closed, done = [], [], threading.Event()
        registry = Registry()

        @registry.workflow("count")
        def count(step):
            def look():
                Order.objects.count()
                opened.append((threading.get_ident(), connection.connection is not None))
                return {"ok": True}

            step.custom("look", look)

        def close(*given):
            closed.append(threading.get_ident())
            connections.close_all()
            if len(closed) == 2 * len(opened):
                done.set()

        with (
            mock.patch("novu_core.integrations.django.processes.close_old_connections", close),
            AppClient(registry, store_url="sqlite://", worker="none") as client,
        ):
            client.start_worker(1)
            for _ in range(3):
                client.trigger("count", to="ada", wait=False)
            assert done.wait(10)
        assert {is_open for _, is_open in opened} == {True}
        assert threading.get_ident() not in closed
        assert {thread for thread, _ in opened} == set(closed)

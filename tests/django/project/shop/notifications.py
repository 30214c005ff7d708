from novu_core import workflow
from shop.models import Order


@workflow("ordered")
def ordered(payload, step):
    step.in_app("bell", lambda: {"body": str(Order.objects.get(pk=payload["order"]))})
    batch = step.digest("collect", {"amount": 1, "unit": "seconds"})

    def mail():
        orders = [event["payload"]["order"] for event in batch.events]
        Order.objects.filter(pk__in=orders).update(told=True)
        return {"subject": f"{batch.event_count} orders", "body": "Thank you!"}

    step.email("thanks", mail)


@workflow("ordered-async")
async def ordered_async(payload, step):
    async def bell():
        return {"body": str(await Order.objects.aget(pk=payload["order"]))}

    await step.in_app("bell", bell)

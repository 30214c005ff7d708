import threading

from django.http import HttpResponse, JsonResponse

from shop.models import Order
from shop.notifications import ordered


def order(request, customer):
    made = Order.objects.create(customer=customer)
    to = {"subscriberId": customer, "email": f"{customer}@example.org"}
    result = ordered.trigger(to=to, payload={"order": made.pk})
    threads = sorted(thread.name for thread in threading.enumerate() if thread.name == "novu-worker")
    return JsonResponse({"status": result.status, "execution_id": result.execution_id, "workers": threads})


def broken(request):
    raise RuntimeError("the project's own")


def not_found(request, exception):
    return HttpResponse("the project's 404", status=404)


def failed(request):
    return HttpResponse("the project's 500", status=500)

from django.urls import include, path
from shop import views

from novu_core.integrations.django.urls import bridge

urlpatterns = [
    path("api/novu", bridge),
    path("api/novu/", include("novu_core.integrations.django.urls")),
    path("order/<str:customer>/", views.order),
    path("broken/", views.broken),
]
handler404 = views.not_found
handler500 = views.failed

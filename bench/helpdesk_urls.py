"""The addresses of the django-helpdesk that is measured."""

from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("-/ready", lambda _request: HttpResponse("")),
    path("login/", LoginView.as_view(), name="login"),
    path("", include("helpdesk.urls")),
]

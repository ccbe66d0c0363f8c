"""Feedback: the answers that readers called wrong, looked into one by one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kbqa.quality.complaints import complaint_get, complaint_list, complaint_review
from kbqa.quality.models import Review

from .pages import asker, page_view

CAUSES = {
    Review.Cause.SEARCH: gettext_lazy("The search missed the passage"),
    Review.Cause.READER: gettext_lazy("The passage was misread"),
    Review.Cause.SOURCE: gettext_lazy("The documents are wrong or silent"),
    Review.Cause.QUESTION: gettext_lazy("The question was unclear"),
    Review.Cause.NO_FAULT: gettext_lazy("The answer was right"),
}


@page_view("GET")
def inbox_page(request: HttpRequest) -> HttpResponse:
    open_only = request.GET.get("state", "open") != "all"
    complaints = complaint_list(user=asker(request), open_only=open_only)
    context = {"complaints": complaints, "open_only": open_only, "causes": CAUSES.items()}
    return render(request, "web/inbox.html", context)


@page_view("POST")
def inbox_review(request: HttpRequest, feedback_id: int) -> HttpResponse:
    complaint = complaint_get(feedback_id, user=asker(request))
    complaint_review(complaint=complaint, cause=request.POST.get("cause", ""), by=asker(request))
    messages.success(request, _("Noted."))
    return redirect("inbox")

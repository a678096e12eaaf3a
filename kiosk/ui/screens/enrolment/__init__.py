"""Enrolment: one screen under a row of steps, with one file for each part that it may show."""

from kiosk.ui.screens.enrolment.page import EnrolmentPage as EnrolmentPage

"""期限预警: what lies ahead of each department and of the city, as HTML, PDF and a calendar file."""

from __future__ import annotations

from scoring.report.outlook.files import city_outlook, department_outlook

__all__ = ["city_outlook", "department_outlook"]

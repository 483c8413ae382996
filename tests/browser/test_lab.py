"""The notebooks in JupyterLab itself, on a real server; nothing leaves the machine, from no part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from browser.lab import RUN, Lab, open_notebook, running_lab
from playwright.sync_api import expect

from scoring.report.view.department import DepartmentReport
from scoring.report.view.words import points_words

#: Where the lab asks the server for a kernel.
SESSIONS = re.compile("/api/sessions")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One server for the tests of this file; neither it nor a kernel tried to reach another machine."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running
        assert running.outside() == ""


def test_running_all_cells_too_early_gives_a_notice_and_then_runs_them(new_page, tmp_path):
    """JupyterLab drops requests made before there is a kernel, and must say so; later ones are queued."""
    page, held = new_page(width=1440, height=8000), []
    page.route(SESSIONS, lambda route: held.append(route) if route.request.method == "POST" else route.continue_())
    with running_lab(tmp_path) as fresh:
        notebook = open_notebook(page, fresh, "department.ipynb", status="正在初始化")
        notebook.choose_run_all()
        expect(page.get_by_role("alert").filter(has_text="is still initializing")).to_be_visible()
        for route in held:
            route.continue_()
        page.unroute(SESSIONS)
        expect(notebook.kernel).not_to_contain_text("正在初始化", timeout=RUN)
        notebook.run_all()
        assert notebook.errors == []
        expect(notebook.panel.get_by_role("figure")).to_have_count(4)


def test_the_lab_speaks_chinese(lab, new_page):
    page = new_page()
    open_notebook(page, lab, "department.ipynb")
    for menu in ("文件", "编辑", "查看", "运行", "内核", "标签页", "设置", "帮助"):
        expect(page.get_by_role("menuitem", name=menu, exact=True)).to_be_visible()


def test_the_department_notebook_runs_in_jupyterlab(lab, new_page, tmp_path):
    page = new_page(width=1440, height=8000)
    notebook = open_notebook(page, lab, "department.ipynb")
    notebook.run_all()
    page.screenshot(path=tmp_path / "department.png")
    assert notebook.errors == []
    card = DepartmentReport.load("人社局", 2017, lab.project / "data" / "raw").card
    expect(notebook.output(2)).to_contain_text(f"考核得 {points_words(card.total)} 分")
    expect(notebook.panel.get_by_role("figure")).to_have_count(4)


def test_the_city_notebook_runs_in_jupyterlab(lab, new_page, tmp_path):
    page = new_page(width=1440, height=8000)
    notebook = open_notebook(page, lab, "city.ipynb")
    notebook.run_all()
    page.screenshot(path=tmp_path / "city.png")
    assert notebook.errors == []
    expect(notebook.panel.get_by_role("heading", name="部门网站考核汇总")).to_be_visible()


def test_jupyterlab_offers_no_news_and_installs_nothing(lab, new_page):
    page = new_page()
    open_notebook(page, lab, "department.ipynb")
    page.get_by_role("tab", name="插件管理器").click()
    expect(page.get_by_role("searchbox")).to_be_disabled()
    expect(page.get_by_text(re.compile("Jupyter news|Jupyter 新闻|Jupyter 资讯"))).to_be_hidden()

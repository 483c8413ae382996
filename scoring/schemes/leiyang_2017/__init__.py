"""2017年市党政门户网网站管理工作绩效考核指标体系 (Leiyang): data in TOML, one module of rules per branch."""

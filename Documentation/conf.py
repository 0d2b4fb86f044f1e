# SPDX-License-Identifier: GPL-2.0-only
# Sphinx: `make htmldocs`
import re

with open("../module/version.h", encoding="utf-8") as header:
    release = re.search(r'DUALSTACK_VERSION "(.*)"', header.read()).group(1)
version = release
project = "dualstack"
copyright = "the dualstack authors, GPL-2.0-only"
root_doc = "index"
exclude_patterns = ["man"]
highlight_language = "none"
nitpicky = True
html_theme = "alabaster"
html_theme_options = {"description": "Which listening sockets serve IPv4, which IPv6, which both"}
html_static_path = []
smartquotes = False

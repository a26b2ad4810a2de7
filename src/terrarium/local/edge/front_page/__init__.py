"""The page at ``http://localhost:4500/``: what is alive, where to click, what happens, what is in the tables.

``page`` serves its files, ``live`` tells what happens (gathered by ``batch``), ``calls`` notices who uses tables,
``tables`` reads them; ``origin`` says who may ask. The page can change nothing.
"""

from terrarium.local.edge.front_page.calls import TableCalls
from terrarium.local.edge.front_page.live import Live
from terrarium.local.edge.front_page.page import FrontPage
from terrarium.local.edge.front_page.tables import TablePages

__all__ = ["FrontPage", "Live", "TableCalls", "TablePages"]

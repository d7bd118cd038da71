# SPDX-License-Identifier: GPL-2.0-or-later
"""How gunicorn serves the site: `gunicorn --config deploy/gunicorn.conf.py abidb.wsgi`.

Each process keeps what it has read of the record, so few processes with some threads beat many. A thread works on one
request; the pool of a process has a database connection for each.
"""

import gc

bind = "127.0.0.1:8000"
workers = 2
threads = 4
worker_class = "gthread"
timeout = 60
keepalive = 5  # seconds; the reverse proxy keeps its connections
max_requests = 50_000  # a process is renewed then, so that nothing can pile up for ever
max_requests_jitter = 5_000
control_socket_disable = True  # the account that serves has no home to put one
forwarded_allow_ips = "127.0.0.1,::1"


def post_worker_init(_worker):
    """What a process keeps of the record has no cycles: a full collection would walk all of it while a reader waits.

    What many pages need is read while the first ones are served already.
    """
    from dashboard import warming  # the site is loaded by now, and was not above

    gc.set_threshold(10_000, 20, 100)
    warming.start()

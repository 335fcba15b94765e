"""What a Step logs, as the server keeps and shows it."""

from motia_local.record_lines import RecordLines


def records(site, message):
    kept = site.call("GET", "/__motia/logs").json()["records"]
    return [record for record in kept if record["msg"] == message]


def test_a_step_may_log_what_is_named_like_a_field_of_the_record(site):
    site.api("get", "GET", "/get", "context.logger.info('found', {'id': 7, 'time': 'noon', 'total': 3})\nreturn {}")
    site.start()
    site.call("GET", "/get")
    assert site.live.wait_idle()
    (record,) = records(site, "found")
    assert (record["args"], record["total"]) == ({"id": 7, "time": "noon"}, 3)
    assert isinstance(record["id"], str)
    assert isinstance(record["time"], int)
    assert RecordLines().record(record).splitlines()[1:] == ["├ id: 7", "├ time: noon", "└ total: 3"]


def test_fields_named_args_stay_what_they_are(site):
    site.api("get", "GET", "/get", "context.logger.info('found', {'args': {'n': 1}, 'id': 7})\nreturn {}")
    site.start()
    site.call("GET", "/get")
    (record,) = records(site, "found")
    assert record["args"] == {"id": 7, "n": 1}

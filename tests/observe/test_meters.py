"""What counts, and what Prometheus is told of it."""

from datetime import UTC, datetime
from math import inf

from prometheus_client.parser import text_string_to_metric_families

from streams.observe import names
from streams.observe.meters import JobMeter, Meters
from streams.observe.names import LABELS, METRICS, PREFIX
from tests.fakes.clock import Clock

PLAIN = "text/plain;version=0.0.4"


def said(meters: Meters) -> dict[str, float]:
    """Every sample that is told, with its labels; none of a histogram's buckets."""
    text, _ = meters.text(PLAIN)
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            if not sample.name.endswith("_bucket"):
                labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
                found[f"{sample.name.removeprefix(PREFIX)}{{{labels}}}"] = sample.value
    return found


def of(meters: Meters, short: str) -> dict[str, float]:
    return {sample: value for sample, value in said(meters).items() if sample.startswith(short)}


def test_names_and_labels_are_as_prometheus_wants_them() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    for metric in METRICS:
        assert metric.short.endswith("_total") == (metric.sort == "counter")
        assert (metric.buckets != ()) == (metric.sort == "histogram")
        assert sorted(metric.buckets) == list(metric.buckets)
        assert set(metric.labels) <= LABELS.keys()
        assert metric.meaning.endswith(".")
    units = (
        "_total",
        "_seconds",
        "_bytes",
        "_ratio",
        "_info",
        "_events",
        "_partitions",
        "_in_flight",
        "_state",
        "_people",
    )
    assert [one.short for one in METRICS if not one.short.endswith(units)] == ["ready"]
    assert {label for metric in METRICS for label in metric.labels} == LABELS.keys()


def test_every_metric_of_the_list_is_told_and_nothing_else() -> None:
    text, kind = Meters().text(PLAIN)
    families = {family.name: family.type for family in text_string_to_metric_families(text.decode())}
    wanted = {metric.name.removesuffix("_total"): metric.sort for metric in METRICS}
    assert families == wanted
    assert kind.startswith("text/plain; version=0.0.4")


def test_people_who_are_yet_to_be_repaired_are_a_gauge_once_a_job_hears_of_repairs() -> None:
    meters = Meters()
    job = JobMeter(meters, "vip", "export_audience")
    assert of(meters, "repair_pending_people") == {}
    job.ordered(7)
    assert of(meters, "repair_pending_people") == {"repair_pending_people{job=vip,kind=export_audience}": 7}


def test_a_window_is_counted_by_outcome_and_by_how_long_it_took() -> None:
    meters = Meters()
    job = JobMeter(meters, "vip", "export_audience")
    job.settled([("accepted", 3), ("skipped", 2)], 0.2)
    job.settled([("accepted", 1)], 40.0)
    assert of(meters, "events") == {
        "events_total{job=vip,kind=export_audience,outcome=accepted}": 4,
        "events_total{job=vip,kind=export_audience,outcome=skipped}": 2,
    }
    assert of(meters, "window_seconds") == {
        "window_seconds_count{job=vip,kind=export_audience}": 2,
        "window_seconds_sum{job=vip,kind=export_audience}": 40.2,
    }


def test_dead_letters_and_messages_are_counted_by_their_reason_and_status() -> None:
    meters = Meters()
    job = JobMeter(meters, "sms", "send_message")
    assert set(of(meters, "dead_letters").values()) == {0.0}  # so that the first is an increase
    job.buried(["rejected", "undecodable", "rejected"])
    job.sent([("sms", "Success"), ("sms", "Success"), ("sms", "Error: Rejected by Infobip")])
    assert of(meters, "dead_letters") == {
        "dead_letters_total{job=sms,kind=send_message,reason=undecodable}": 1,
        "dead_letters_total{job=sms,kind=send_message,reason=no_address}": 0,
        "dead_letters_total{job=sms,kind=send_message,reason=rejected}": 2,
        "dead_letters_total{job=sms,kind=send_message,reason=template_failed}": 0,
    }
    assert of(meters, "messages") == {
        "messages_total{channel=sms,job=sms,kind=send_message,status=Success}": 2,
        "messages_total{channel=sms,job=sms,kind=send_message,status=Error: Rejected by Infobip}": 1,
    }


def test_what_is_true_of_a_moment_is_told_while_it_is_and_no_more_once_the_job_rests() -> None:
    clock = Clock(1_000_100.0)
    meters = Meters(clock)
    job, labels = JobMeter(meters, "vip", "export_audience"), "{job=vip,kind=export_audience}"
    shorts = ("lag", "windows", "import", "last_commit")
    assert [of(meters, short) for short in shorts] == [{}] * 4
    job.lags(7, 2.5)
    job.in_flight(3)
    job.reached(datetime.fromtimestamp(1_000_000, UTC))
    job.committed()
    clock.move(10)
    assert of(meters, "lag") == {f"lag_events{labels}": 7, f"lag_age_seconds{labels}": 2.5}
    assert of(meters, "windows") == {f"windows_in_flight{labels}": 3}
    assert of(meters, "import") == {f"import_cursor_age_seconds{labels}": 110}
    job.rests()
    assert [of(meters, short) for short in shorts[:3]] == [{}] * 3
    assert of(meters, "last_commit") == {f"last_commit_timestamp_seconds{labels}": 1_000_100}


def test_tries_are_counted_by_the_class_of_their_answer() -> None:
    steady = Clock()
    meters = Meters(steady=steady)
    for status in (200, 207, 404, 429, 503, 0):
        meters.tried("main", "upsert_persons", status, 0.1, 5.0)
    meters.tried("main", "send_sms", 200, 0.1, inf)
    meters.repeated("main", "upsert_persons")
    labels = "{authorization=main,operation=upsert_persons%s}"
    assert of(meters, "calls_total") == {
        "calls_total{authorization=main,operation=send_sms,status=2xx}": 1,
        **{
            "calls_total" + labels % f",status={status}": count
            for status, count in {"2xx": 2, "4xx": 1, "429": 1, "5xx": 1, "none": 1}.items()
        },
    }
    assert of(meters, "calls_rate_limited") == {"calls_rate_limited_total" + labels % "": 1}
    assert of(meters, "call_retries") == {"call_retries_total" + labels % "": 1}
    assert of(meters, "quota") == {"quota_used_ratio" + labels % "": 6 / (5 * 30)}
    assert of(meters, "call_seconds_count")["call_seconds_count" + labels % ""] == 6


def test_what_infobip_tells_is_counted_and_what_nobody_can_read_is_a_dead_letter_of_no_job() -> None:
    meters = Meters()
    meters.told("reports", "sms", 100, 0)
    assert of(meters, "dead_letters") == {}
    meters.told("reports", "sms", 20, 2)
    meters.refused(401)
    assert of(meters, "reports") == {
        "reports_received_total{channel=sms,outcome=written,what=reports}": 120,
        "reports_received_total{channel=sms,outcome=unreadable,what=reports}": 2,
    }
    assert of(meters, "report_requests") == {"report_requests_refused_total{status=401}": 1}
    assert of(meters, "dead_letters") == {"dead_letters_total{job=,kind=,reason=unreadable_report}": 2}


def test_gauges_of_several_sources_are_told_together() -> None:
    meters = Meters()
    meters.ask(names.PARTITIONS, lambda: [(("vip", "export_audience"), 4)])
    meters.ask(names.PARTITIONS, lambda: [(("gold", "export_audience"), 2)])
    assert of(meters, "job_partitions") == {
        "job_partitions{job=vip,kind=export_audience}": 4,
        "job_partitions{job=gold,kind=export_audience}": 2,
    }

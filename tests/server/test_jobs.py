"""The queue: what is taken when, what a kill leaves, and what is refused."""

from pathlib import Path

import pytest

from mienet.errors import MienetError
from mienet.server.jobs import MOST_CRASHES, Jobs
from mienet.server.places import Places
from mienet.server.refusal import RefusedError


@pytest.fixture
def jobs(tmp_path: Path) -> Jobs:
    places = Places(tmp_path)
    places.make()
    return Jobs(places)


def taken(jobs: Jobs) -> int:
    job = jobs.take("models")
    assert job is not None
    return job.id


def test_jobs_are_taken_in_their_order(jobs: Jobs) -> None:
    first = jobs.add("train", name="one")
    second = jobs.add("train", name="two")
    assert taken(jobs) == first
    jobs.finish(first, "done", "")
    assert taken(jobs) == second
    jobs.finish(second, "failed", "no")
    assert jobs.take("models") is None


def test_a_copy_does_not_wait_for_a_training(jobs: Jobs) -> None:
    jobs.add("train", name="one")
    copy = jobs.add("transcode", videos=["a.mp4"])
    taken(jobs)
    job = jobs.take("copies")
    assert job is not None
    assert job.id == copy


def test_a_job_that_was_running_is_taken_first_by_the_next_worker(jobs: Jobs) -> None:
    jobs.add("train", name="one")
    running = taken(jobs)
    assert taken(Jobs(Places(jobs._path.parents[1]))) == running


def test_the_same_job_is_not_added_twice(jobs: Jobs) -> None:
    first = jobs.add("predict", videos=["b.mp4", "a.mp4"], model="m")
    assert jobs.add("predict", videos=["a.mp4", "b.mp4"], model="m") == first
    assert jobs.add("predict", videos=["a.mp4"], model="m") != first


def test_a_resumed_job_leaves_out_what_is_done(jobs: Jobs) -> None:
    number = jobs.add("predict", videos=["a.mp4", "b.mp4", "c.mp4"])
    taken(jobs)
    jobs.tell_video(number, "a.mp4", "done", 1.0)
    jobs.tell_video(number, "b.mp4", "running", 0.4)
    again = jobs.take("models")
    assert again is not None
    assert (again.videos, again.num_videos) == (("b.mp4", "c.mp4"), 3)


def test_jobs_are_listed_as_the_page_needs_them(jobs: Jobs) -> None:
    number = jobs.add("predict", videos=["a.mp4"], model="jumps")
    jobs.tell(number, 0.5, "a.mp4: 50%", 12.0)
    jobs.tell_video(number, "a.mp4", "failed", None, "a.mp4: no video stream")
    (listed,) = jobs.listed()
    assert (listed["title"], listed["progress"], listed["seconds_left"]) == (
        "Predict a.mp4 with jumps",
        0.5,
        12.0,
    )
    assert listed["videos"] == [
        {
            "video": "a.mp4",
            "state": "failed",
            "progress": None,
            "problem": "a.mp4: no video stream",
        }
    ]


def test_a_waiting_job_is_cancelled_at_once(jobs: Jobs) -> None:
    number = jobs.add("transcode", videos=["a.mp4"])
    jobs.cancel(number)
    found = jobs.described(number)
    assert (found["state"], found["videos"][0]["state"]) == ("cancelled", "cancelled")
    assert jobs.take("models") is None


def test_a_running_job_is_told_that_it_is_cancelled(jobs: Jobs) -> None:
    number = jobs.add("train", name="one")
    taken(jobs)
    jobs.cancel(number)
    assert jobs.is_cancelled(number)
    assert jobs.described(number)["state"] == "running"


def test_a_cancelled_job_goes_on_when_asked(jobs: Jobs) -> None:
    number = jobs.add("train", name="one")
    jobs.cancel(number)
    assert jobs.again(number) == number
    assert (taken(jobs), jobs.is_cancelled(number)) == (number, False)


def test_only_what_has_ended_early_is_resumed(jobs: Jobs) -> None:
    number = jobs.add("train", name="one")
    with pytest.raises(RefusedError, match="job 1 is waiting; only cancelled and failed jobs"):
        jobs.again(number)


def test_a_job_that_is_over_cannot_be_cancelled(jobs: Jobs) -> None:
    number = jobs.add("train", name="one")
    jobs.finish(number, "done", "")
    with pytest.raises(RefusedError, match="job 1 is done already"):
        jobs.cancel(number)


def test_unknown_jobs_and_kinds_are_refused(jobs: Jobs) -> None:
    with pytest.raises(RefusedError, match="there is no job 7"):
        jobs.described(7)
    with pytest.raises(RefusedError, match="kind is 'dance'; accepted are predict, explain, train"):
        jobs.add("dance")


def test_a_video_that_ends_the_worker_again_and_again_is_given_up(jobs: Jobs) -> None:
    number = jobs.add("predict", videos=["a.mp4", "b.mp4"], model="m")
    for _ in range(MOST_CRASHES):
        taken(jobs)
        jobs.tell_video(number, "a.mp4", "running", 0.1)
        jobs.crashed("models", "the worker crashed (SIGSEGV)")
    bad, good = jobs.described(number)["videos"]
    assert bad["problem"] == (
        "a.mp4: the worker crashed (SIGSEGV); export it again, or leave it out"
    )
    assert (bad["state"], good["state"]) == ("failed", "waiting")


def test_a_training_that_ends_the_worker_again_and_again_fails(jobs: Jobs) -> None:
    number = jobs.add("train", name="one")
    for _ in range(MOST_CRASHES):
        assert taken(jobs) == number
        jobs.crashed("models", "memory ran out")
    found = jobs.described(number)
    assert (found["state"], found["message"]) == (
        "failed",
        "memory ran out; see server.log, and try again",
    )


def test_what_would_end_the_worker_again_is_given_up_at_once(jobs: Jobs) -> None:
    number = jobs.add("predict", videos=["a.mp4"], model="m")
    taken(jobs)
    jobs.tell_video(number, "a.mp4", "running", 0.1)
    jobs.crashed("models", "no progress for 30 minutes", tries=1)
    assert jobs.described(number)["videos"][0]["state"] == "failed"


def test_ends_of_the_worker_do_not_add_up_while_a_training_comes_on(jobs: Jobs) -> None:
    number = jobs.add("train", name="one")
    for step in range(2 * MOST_CRASHES):
        taken(jobs)
        jobs.tell(number, 0.1 * step, "", None)
        jobs.crashed("models", "the system ended the worker")
    assert jobs.described(number)["state"] == "running"


def test_what_was_wrong_with_a_video_is_remembered_until_it_goes_well(jobs: Jobs) -> None:
    for problem in ("a.mp4: damaged", ""):
        number = jobs.add("transcode", videos=["a.mp4"])
        jobs.tell_video(number, "a.mp4", "failed" if problem else "done", None, problem)
        jobs.finish(number, "done", "")
        assert jobs.problem_of("transcode", "a.mp4") == problem


def test_a_queue_that_is_no_database_is_told(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    places.jobs.write_text("nonsense " * 100)
    with pytest.raises(MienetError, match=r"jobs.sqlite: cannot be used .*not a database.*away"):
        Jobs(places)

"""aiosfstream-ng: subscribes to change events over CometD, and comes back with a replay id."""

import asyncio
import json
import urllib.request

from aiosfstream_ng import Client, PasswordAuthenticator, ReplayOption
from aiosfstream_ng.exceptions import AuthenticationError, ServerError

from checks.foreign.check import Check, start

SECONDS = 20


class Authenticator(PasswordAuthenticator):
    """The token comes from the org's plain address, which the library has as a constant."""

    url = ""

    @property
    def _token_url(self) -> str:
        return self.url


def authenticator(check: Check, password: str | None = None) -> Authenticator:
    made = Authenticator(check.client_id, check.client_secret, check.username, password or check.password)
    made.url = f"{check.url}/services/oauth2/token"
    return made


def write(check: Check, method: str, path: str, body: dict | None = None) -> dict:
    answer = check.witness.expect({200, 201, 204}, method, f"/services/data/v60.0{path}", body)
    return answer.json if answer.body else {}


async def receive(client: Client, count: int) -> list[dict]:
    return [await asyncio.wait_for(client.receive(), SECONDS) for _ in range(count)]


async def stream(check: Check) -> None:
    replay: dict = {}
    async with Client(authenticator(check), replay=replay) as client:
        await client.subscribe("/data/AccountChangeEvent")
        await client.subscribe("/data/ChangeEvents")
        check.equal(client.subscriptions, {"/data/AccountChangeEvent", "/data/ChangeEvents"}, "two subscriptions are accepted")
        await client.unsubscribe("/data/ChangeEvents")
        made = write(check, "POST", "/sobjects/Account", {"Name": "Streamed", "Phone": "1"})["id"]
        write(check, "PATCH", f"/sobjects/Account/{made}", {"Phone": "2"})
        write(check, "DELETE", f"/sobjects/Account/{made}")
        events = await receive(client, 3)
        headers = [event["data"]["payload"]["ChangeEventHeader"] for event in events]
        check.equal([header["changeType"] for header in headers], ["CREATE", "UPDATE", "DELETE"], "a record's life comes as three events")
        check.equal([header["recordIds"] for header in headers], [[made]] * 3, "each with the record's id")
        check.equal(events[0]["data"]["payload"]["Name"], "Streamed", "the first with its values")
        check.equal(headers[1]["changedFields"], ["Phone", "LastModifiedDate"], "the second with what changed")
    seen = replay["/data/AccountChangeEvent"]
    mutation = check.witness.mutate("Account", insert={"count": 20, "fields": {"Name": "Missed %d"}})
    check.true(bool(seen), "the library has stored a replay id")
    async with Client(authenticator(check), replay=replay) as client:
        await client.subscribe("/data/AccountChangeEvent")
        events = await receive(client, 20)
        ids = [event["data"]["payload"]["ChangeEventHeader"]["recordIds"][0] for event in events]
        check.equal(ids, mutation["inserted"], "what happened while it was away is replayed, in order")


async def everything(check: Check) -> None:
    async with Client(authenticator(check), replay=ReplayOption.ALL_EVENTS) as client:
        await client.subscribe("/data/AccountChangeEvent")
        check.equal(len(await receive(client, 23)), 23, "all retained events are replayed by -2")


async def push_topic(check: Check) -> None:
    write(check, "POST", "/sobjects/PushTopic", {
        "Name": "BigOnes", "Query": "SELECT Id, Name, AnnualRevenue FROM Account WHERE AnnualRevenue > 1000", "ApiVersion": 60.0,
        "NotifyForOperationCreate": True, "NotifyForOperationUpdate": True, "NotifyForFields": "Referenced"})
    async with Client(authenticator(check)) as client:
        await client.subscribe("/topic/BigOnes")
        write(check, "POST", "/sobjects/Account", {"Name": "Small", "AnnualRevenue": 10})
        big = write(check, "POST", "/sobjects/Account", {"Name": "Big", "AnnualRevenue": 5000})["id"]
        event = (await receive(client, 1))[0]["data"]
        check.equal(event["event"]["type"], "created", "a push topic tells of a new record")
        check.equal(event["sobject"], {"Id": big, "Name": "Big", "AnnualRevenue": 5000.0}, "that its query selects, with the query's fields")


async def lost(check: Check) -> None:
    """The server forgets the client, which shakes hands again by itself and subscribes again."""
    async with Client(authenticator(check), replay=ReplayOption.ALL_EVENTS) as client:
        await client.subscribe("/data/ContactChangeEvent")
        check.witness.expect({204}, "POST", "/sandbox/expire-clients")
        made = write(check, "POST", "/sobjects/Contact", {"LastName": "After"})["id"]
        event = (await receive(client, 1))[0]
        check.equal(event["data"]["payload"]["ChangeEventHeader"]["recordIds"], [made], "a forgotten client comes back by itself")
    async with Client(authenticator(check), replay=ReplayOption.ALL_EVENTS) as client:
        check.witness.expect({204}, "POST", "/sandbox/expire-sessions")
        await client.subscribe("/data/ContactChangeEvent")
        event = (await receive(client, 1))[0]
        check.equal(event["data"]["payload"]["ChangeEventHeader"]["recordIds"], [made], "an ended session is renewed by itself")
        check.witness.log_in()


async def refused(check: Check) -> None:
    try:
        async with Client(authenticator(check, "wrong")):
            check.true(False, "a wrong password is refused")
    except AuthenticationError as error:
        check.true("authentication failure" in str(error), "a wrong password is refused")
    async with Client(authenticator(check), replay={"/data/AccountChangeEvent": 5}) as client:
        try:
            await client.subscribe("/data/NoSuchChangeEvent")
            check.true(False, "an unknown channel is refused")
        except ServerError as error:
            check.equal(error.error_code, 400, "an unknown channel is refused with 400")
    async with Client(authenticator(check), replay=MarkedReplay(), replay_fallback=ReplayOption.ALL_EVENTS) as client:
        await client.subscribe("/data/AccountChangeEvent")
        check.true(bool(await receive(client, 1)), "a replay id that is too old makes the library fall back to all events")


def MarkedReplay() -> dict:
    from aiosfstream_ng import ReplayMarker

    return {"/data/AccountChangeEvent": ReplayMarker("2020-01-01T00:00:00.000Z", 17)}


def part(coroutine):
    def runner(check: Check) -> None:
        asyncio.run(coroutine(check))

    runner.__name__ = coroutine.__name__
    return runner


if __name__ == "__main__":
    prepared = start()
    prepared.witness.log_in()
    prepared.run(*(part(coroutine) for coroutine in (stream, everything, push_topic, lost, refused)))

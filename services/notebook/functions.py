"""The functions of AWS's notebook “Create Agent with Memory”: its Lambda code, what it answers, its faults.

The code is the notebook's own, unchanged, with its fault: `delete_existing_trip_reservation` tests variables
that only another branch sets, so every cancellation fails. Where no Lambda function can run, the answers are
worked out here, as the code would.
"""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.agents import traces as agent_traces
from services.agents.turns import AgentTurn

Row = dict[str, Any]
HANDLER = "lambda_function.lambda_handler"
BOOK, UPDATE, CANCEL = "book_trip", "update_existing_trip_dates", "delete_existing_trip_reservation"

_DATE = "for the trip in the format YYYY-MM-DD"


def _parameter(description: str, kind: str = "string") -> Row:
    return {"description": description, "required": True, "type": kind}


FUNCTIONS: list[Row] = [
    {
        "name": BOOK,
        "description": "book a trip for a customer",
        "parameters": {
            "origin": _parameter("city of origin for the trip"),
            "destination": _parameter("city of destination for the trip"),
            "start_date": _parameter(f"the start date {_DATE}"),
            "end_date": _parameter(f"the end date {_DATE}"),
            "transportation_mode": _parameter("the transportation mode. One of TRAIN or AIR"),
        },
    },
    {
        "name": UPDATE,
        "description": "update start or end date for an existing trip reservation",
        "parameters": {
            "booking_id": _parameter("the id of the trip to update", "integer"),
            "new_start_date": _parameter(f"the new start date {_DATE}"),
            "new_end_date": _parameter(f"the new end date {_DATE}"),
        },
    },
    {
        "name": CANCEL,
        "description": "delete an existing trip reservation",
        "parameters": {"booking_id": _parameter("the id of the trip to update", "integer")},
    },
]

CODE = '''import json
import uuid
import boto3

def get_named_parameter(event, name):
    """
    Get a parameter from the lambda event
    """
    return next(item for item in event['parameters'] if item['name'] == name)['value']


def book_trip(origin, destination, start_date, end_date, transportation_mode):
    """
    Retrieve details of a restaurant booking
    
    Args:
        booking_id (string): The ID of the booking to retrieve
    """
    booking_id = str(uuid.uuid4())[:8]
    return f"Successfully booked trip from {origin} ({start_date}) to {destination} ({end_date}) via {transportation_mode}. Your booking_id is {booking_id}"

def populate_function_response(event, response_body):
    return {
        'response': {
            'actionGroup': event['actionGroup'], 
            'function': event['function'],
            'functionResponse': {
                'responseBody': {
                    'TEXT': {
                        'body': response_body
                    }
                }
            }
        }
    }


def update_existing_trip_dates(booking_id, new_start_date, new_end_date):
    return f"Successfully updated trip {booking_id}. New departure date: {new_start_date} and new return date: {new_end_date}."

def delete_existing_trip_reservation(booking_id):
    return f"Successfully deleted reservation {booking_id}."

def lambda_handler(event, context):
    # get the action group used during the invocation of the lambda function
    actionGroup = event.get('actionGroup', '')
    
    # name of the function that should be invoked
    function = event.get('function', '')
    
    # parameters to invoke function with
    parameters = event.get('parameters', [])

    if function == 'update_existing_trip_dates':
        booking_id = get_named_parameter(event, "booking_id")
        new_start_date = get_named_parameter(event, "new_start_date")
        new_end_date = get_named_parameter(event, "new_end_date")
        if booking_id and new_start_date and new_end_date:
            response = str(update_existing_trip_dates(booking_id, new_start_date, new_end_date))
            result = json.dumps(response)
        else:
            result = 'Missing booking_id parameter'

    elif function == 'book_trip':
        origin = get_named_parameter(event, "origin")
        destination = get_named_parameter(event, "destination")
        start_date = get_named_parameter(event, "start_date")
        end_date = get_named_parameter(event, "end_date")
        transportation_mode = get_named_parameter(event, "transportation_mode")

        if origin and  destination and start_date and end_date and transportation_mode:
            response = str(book_trip(origin, destination, start_date, end_date, transportation_mode))
            result = json.dumps(response) 
        else:
            result = 'Missing required parameters'
    elif function == 'delete_existing_trip_reservation':
        booking_id = get_named_parameter(event, "booking_id")
        if booking_id and new_start_date and new_end_date:
            response = str(delete_existing_trip_reservation(booking_id))
            result = json.dumps(response)
        else:
            result = 'Missing booking_id parameter'
    else:
        result = 'Invalid function'
    
    action_response = populate_function_response(event, result)

    print(action_response)

    return action_response
'''  # noqa: E501, W291, W293 - the notebook's own text

CANCEL_FAULT = (
    "This is a fault of the notebook's own function: delete_existing_trip_reservation tests new_start_date "
    "and new_end_date, which only the update branch sets. Python raises UnboundLocalError, so every "
    "cancellation fails. Remove the two names from the condition and deploy the function again."
)


@dataclass(frozen=True)
class FunctionAnswer:
    """What the notebook's function would answer. `failed`: it would raise, and `body` says what."""

    body: str
    failed: bool = False


def zipped() -> bytes:
    """The code as Lambda takes it, packed as the notebook does."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("lambda_function.py", CODE)
    return buffer.getvalue()


def answer(function: str, parameters: Mapping[str, str]) -> FunctionAnswer | None:
    """The answer to a call; None for a function that the notebook does not have."""
    values = {name: parameters.get(name, "") for name in parameters}
    if function == CANCEL:
        return FunctionAnswer("UnboundLocalError: local variable 'new_start_date' is not set", failed=True)
    required = {each["name"]: list(each["parameters"]) for each in FUNCTIONS}.get(function)
    if required is None:
        return None
    if not all(values.get(name) for name in required):
        return FunctionAnswer("Missing required parameters")
    if function == BOOK:
        said = (
            f"Successfully booked trip from {values['origin']} ({values['start_date']}) to "
            f"{values['destination']} ({values['end_date']}) via {values['transportation_mode']}. "
            f"Your booking_id is {str(uuid.uuid4())[:8]}"
        )
    else:
        said = (
            f"Successfully updated trip {values['booking_id']}. New departure date: "
            f"{values['new_start_date']} and new return date: {values['new_end_date']}."
        )
    return FunctionAnswer(json.dumps(said))


def known_fault(turn: AgentTurn) -> str | None:
    """Why an exchange with the notebook's agent failed, when it is a known fault of the notebook."""
    given = [str(each.get("functionResult", {}).get("function")) for each in turn.asked.results]
    called = [*given, *agent_traces.functions_called(turn.traces)]
    if turn.fault is not None and called and called[-1] == CANCEL:
        return CANCEL_FAULT
    return None

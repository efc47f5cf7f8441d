"""What a timeline asks of the store beside the calls: each is a change, which a user may be refused."""

from dataclasses import dataclass, replace
from typing import assert_never

from engine.domain.rights import SCENARIO, Right
from engine.registries.given import bring_registry
from engine.registries.shelf import Shelf
from engine.store.agreements import ACTIONS, tell
from engine.store.callbacks import Wanted, cancel_callback, move_callback, set_callback
from engine.store.campaign_changes import recycle, restart
from engine.store.dnc import add_entries, remove_entries
from engine.store.gates_wake import wake_blocked
from engine.store.lead_changes import set_attributes
from engine.store.lists import bring_in, set_active, set_share
from engine.store.operator_rules import apply_rules
from engine.store.ownership import configure_ownership, release, update_ownership
from engine.store.resets.matching import Preview, checked, preview
from engine.store.resets.preparing import confirm_preview
from engine.store.resets.templates import create_template, save_template, template, templates
from engine.store.resets.undoing import undo
from engine.store.resets.whole import rights_for
from engine.store.segment_job import observe
from engine.store.segments import set_reentry
from engine.store.transaction import Change, Transaction
from engine.store.users import require
from simulator.plan import (
    CallbackCommand,
    CampaignChange,
    DncAdd,
    DncRemove,
    LeadChange,
    ListActivation,
    ListSharing,
    ListUpdate,
    NewLeads,
    OwnershipRelease,
    OwnershipSetting,
    RegistryImport,
    Reset,
    ResetUndo,
    RulesApply,
    SegmentJob,
    SegmentSetting,
    StoreAction,
    Telling,
    TemplateSave,
)


@dataclass(frozen=True, slots=True)
class Order:
    """`command` names it where it is refused. `user` is audited, and needs the rights."""

    command: str
    change: Change[object]
    user: str
    rights: tuple[Right, ...] = ()


def order_of(action: StoreAction, shelf: Shelf) -> Order:
    """What the action does, and what it needs. Every action has a row. `shelf` is where registries stand."""
    by = SCENARIO if isinstance(action, ListUpdate) else action.user or SCENARIO
    match action:
        case OwnershipRelease(list=name):
            change = release(name, action.campaigns, by=by)
            return Order(f"ownership release {name}", change, by, (Right.OWNERSHIP_CONTROL,))
        case OwnershipSetting(list=name):
            setting = configure_ownership(name, by=by, **action.changes)
            return Order(f"ownership set {name}", setting, by, (Right.MANAGE_LISTS,))
        case ListUpdate(list=name):
            return Order(f"ownership update {name}", update_ownership(name), by)
        case SegmentJob(segment=name):
            return Order(f"segments run {name}", observe(name, by=by), by, (Right.MANAGE_SEGMENTS,))
        case SegmentSetting(segment=name):
            switch = set_reentry(name, on=action.reset_on_reentry, by=by)
            return Order(f"segments set {name}", switch, by, (Right.MANAGE_SEGMENTS,))
        case LeadChange(key=key):
            attributes = set_attributes(key, action.attributes, list_name=action.list)
            return Order(f"lead {key}", attributes, by, (Right.MANAGE_LISTS,))
        case CampaignChange(campaign=name, command=command):
            cases = (recycle if command == "recycle" else restart)(name, by=by)
            return Order(f"campaigns {command} {name}", cases, by, (Right.MANAGE_CAMPAIGNS,))
        case ListActivation(list=name, active=active):
            what = f"lists {'activate' if active else 'deactivate'} {name}"
            return Order(what, set_active(name, active=active, by=by), by, (Right.MANAGE_LISTS,))
        case ListSharing(list=name):
            place = {"priority": action.priority, "weight": action.weight}
            share = set_share(name, action.campaign, by=by, **place)
            return Order(f"lists share {name}", share, by, (Right.MANAGE_LISTS,))
        case NewLeads(list=name):
            leads = bring_in(name, action.leads, by=by)
            return Order(f"leads import {name}", leads, by, (Right.MANAGE_LISTS,))
        case Reset():
            return _reset(action, by)
        case ResetUndo(reset=number):
            return Order(f"leads reset-undo {number}", undo(number, user=by), by, (Right.RESET_LEADS,))
        case TemplateSave(name=name):
            return Order(f"leads templates save {name}", _save(action, by), by, (Right.RESET_LEADS,))
        case DncAdd(entry=entry):
            return Order("dnc add", add_entries([entry], by=by), by, (Right.MANAGE_COMPLIANCE,))
        case DncRemove(whom=whom, campaign=campaign):
            removal = remove_entries([whom], campaign, by=by)
            return Order("dnc remove", removal, by, (Right.MANAGE_COMPLIANCE,))
        case Telling(agreement=agreement):
            what = ACTIONS[type(agreement)]
            return Order(what, tell([agreement], by=by), by, (Right.MANAGE_COMPLIANCE,))
        case RegistryImport(registry=registry):
            brought = bring_registry(registry, shelf, by=by)
            return Order(f"dnc import {registry.name}", brought, by, (Right.MANAGE_COMPLIANCE,))
        case RulesApply(text=text, name=name):
            return Order("rules apply", _rules(text, name, by), by, (Right.MANAGE_COMPLIANCE,))
        case CallbackCommand():
            return Order(f"callbacks {action.lead}", _callback(action, by), by, (Right.MANAGE_CALLBACKS,))
        case _ as never:
            assert_never(never)


def _reset(action: Reset, by: str) -> Order:
    """A template is read, and what it overrides asked for, when it is used."""

    def found(tx: Transaction) -> Preview:
        request = action.request
        if action.template is not None:
            request = replace(template(tx.sql, action.template).applied(request), zero=action.zero)
        require(tx.sql, by, *rights_for(request))
        return preview(tx.sql, checked(tx.sql, request), now=tx.now)

    return Order("leads reset", confirm_preview(found, user=by), by)


def _save(action: TemplateSave, by: str) -> Change[object]:
    def change(tx: Transaction) -> None:
        for stage in action.stages:
            known = action.name in (each.name for each in templates(tx.sql))
            save = save_template if known else create_template
            save(action.name, action.request, stage, user=by)(tx)

    return change


def _rules(text: str, name: str, by: str) -> Change[object]:
    """With what the command does afterwards in portions."""
    apply = apply_rules(text, name=name, by=by)

    def change(tx: Transaction) -> None:
        apply(tx)
        wake_blocked(tx)

    return change


def _callback(action: CallbackCommand, by: str) -> Change[object]:
    wanted = Wanted(campaign=action.campaign, lead=action.lead, list=action.list)
    if action.callback is not None:
        return set_callback(wanted, action.callback, by=by)
    if action.at is not None:
        return move_callback(wanted, action.at, agent=action.agent, by=by)
    return cancel_callback(wanted, by=by)

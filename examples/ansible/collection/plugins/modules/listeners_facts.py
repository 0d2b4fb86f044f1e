#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-only
"""Listening sockets and the address families that they serve, as facts."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
---
module: listeners_facts
short_description: Listening sockets and the address families that they serve
version_added: 0.1.0
description:
  - Reads the listening TCP sockets and the bound, unconnected UDP sockets of a host, and whether
    IPv4 and IPv6 packets reach each of them.
  - The host needs the program C(dualstack). Without its kernel module some of it is not known
    and null, with a warning.
author:
  - The dualstack maintainers (!UNKNOWN)
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
  - ansible.builtin.action_common_attributes.facts
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  facts:
    support: full
  platform:
    platforms: linux
options:
  select:
    description:
      - Words that select sockets, as on the command line of C(dualstack), such as C(tcp/80),
        C(127.0.0.1) or C(v4=shadowed). Without any, all sockets are told.
    type: list
    elements: str
    default: []
  netns:
    description:
      - Another network namespace, by name or by the pid of a process in it.
    type: str
  columns:
    description:
      - What is told of each socket beside its protocol, port, address, scope and verdicts.
        C(dualstack --list-columns) lists what there is.
    type: list
    elements: str
    default: [dev, v6only, uid, user, pids, comm, unit]
"""

EXAMPLES = r"""
- name: Ask for two ports
  dualstack.dualstack.listeners_facts:
    select: [tcp/80, tcp/443]

- name: IPv4 clients are served on port 80
  ansible.builtin.assert:
    that: >-
      ansible_facts.dualstack.listeners
      | selectattr('port', 'eq', 80) | selectattr('serves4') | list | length > 0

- name: Tell of sockets that get nothing
  ansible.builtin.debug:
    msg: "{{ item.address }} port {{ item.port }}, {{ item.comm }}"
  loop: "{{ ansible_facts.dualstack.listeners | selectattr('v4', 'eq', 'shadowed') }}"
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to those of the host.
  returned: always
  type: dict
  contains:
    dualstack:
      description: What C(dualstack) tells.
      returned: always
      type: dict
      contains:
        source:
          description: Where the verdicts come from, C(module), C(bpf) or C(settings), which leave
            some unknown.
          returned: always
          type: str
          sample: module
        listeners:
          description: A socket each, with what I(columns) names, null where it has none.
          returned: always
          type: list
          elements: dict
          contains:
            proto:
              description: Families that the socket takes by its settings.
              returned: always
              type: str
              sample: tcp46
            port:
              description: Local port.
              returned: always
              type: int
              sample: 80
            address:
              description: Address that it is bound to.
              returned: always
              type: str
              sample: "::"
            scope:
              description: Who can reach the address, C(host), C(link) or C(global).
              returned: always
              type: str
              sample: global
            v4:
              description: What becomes of IPv4 packets, C(yes), C(shared), C(partial), C(shadowed),
                C(noaddr), C(-), or C(?) where that is not known.
              returned: always
              type: str
              sample: "yes"
            v6:
              description: The same of IPv6 packets.
              returned: always
              type: str
              sample: "yes"
            serves4:
              description: Whether some IPv4 packets reach it, null where that is not known.
              returned: always
              type: bool
            serves6:
              description: The same of IPv6 packets.
              returned: always
              type: bool
"""

from ansible.module_utils.basic import AnsibleModule

ALWAYS = ["proto", "port", "address", "scope", "v4", "v6", "serves4", "serves6"]


def command(module):
    """Returns the words of the command line. After "--", words of the play are not options."""
    params = module.params
    columns = ALWAYS + [c for c in params["columns"] if c not in ALWAYS]
    words = [module.get_bin_path("dualstack", True, ["/usr/local/sbin", "/usr/local/bin"])]
    words += ["--json", "--output", ",".join(columns)]
    if params["netns"]:
        words.append("--net=" + params["netns"])
    return words + ["--"] + params["select"]


def main():
    """Runs dualstack and returns what it prints."""
    module = AnsibleModule(
        argument_spec={
            "select": {"type": "list", "elements": "str", "default": []},
            "netns": {"type": "str"},
            "columns": {
                "type": "list",
                "elements": "str",
                "default": ["dev", "v6only", "uid", "user", "pids", "comm", "unit"],
            },
        },
        supports_check_mode=True,
    )
    # 1 means that no socket matches the selection, which is not an error.
    status, out, err = module.run_command(command(module))
    if status not in (0, 1):
        module.fail_json(msg=err.strip() or "dualstack failed", rc=status)
    try:
        told = module.from_json(out)
        facts = {"source": told["source"], "listeners": told["listeners"]}
    except (ValueError, KeyError, TypeError):
        module.fail_json(msg="dualstack printed no list of listeners", rc=status, stdout=out)
    if err.strip():
        module.warn(err.strip())
    module.exit_json(changed=False, ansible_facts={"dualstack": facts})


if __name__ == "__main__":
    main()

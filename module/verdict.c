// SPDX-License-Identifier: GPL-2.0-only
/*
 * What becomes of a packet: judges the rows of a snapshot, a port at a time.
 *
 * A row whose port no other socket shares in its family costs one question. Where there are rivals,
 * each address that some socket holds is asked about on each device that owns it, and what nobody
 * holds is asked about once a device that some socket is bound to, and once for all others. Every
 * row's verdict is then read from who won what: linear in sockets and addresses.
 */
#include <linux/sched/signal.h>
#include <linux/smp.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include "compat.h"
#include "judge.h"
#include "mem.h"
#include "sort.h"
#include "sort_u32.h"
#include "verdict.h"

static int cmp_addresses(const void *a, const void *b, const void *arg)
{
	const struct judge *j = arg;
	u32 x = *(const u32 *)a, y = *(const u32 *)b;
	int diff = ipv6_addr_cmp(&row_at(j, x)->addr, &row_at(j, y)->addr);

	/* as in the sort of the table */
	cond_resched();
	return diff ?: (x < y ? -1 : 1);
}

static bool has_old_peer(const struct judge *j, const struct ds_row *row)
{
	return j->family == DS_V6 && row->flags & DS_ROW_OLD_PEER;
}

/* Part the rows that take the family: those judged by themselves, and those that may be rivals. */
static void find_rivals(struct judge *j)
{
	u32 i;

	j->nspecific = 0;
	j->nwild = 0;
	j->old_peers = false;
	j->nwild_peers = 0;
	ds_asker_begin(&j->asker);
	for (i = 0; i < j->port.n; i++) {
		struct ds_row *row = row_at(j, i);

		ds_asker_step(&j->asker, DS_SOCKET_STEPS);
		if (!(row->families & DS_TAKES(j->family)) || ds_judge_apart(j, row))
			continue;
		j->old_peers |= has_old_peer(j, row);
		if (ds_row_is_wildcard(row) && has_old_peer(j, row) &&
		    j->nwild_peers < MAX_WILD_PEERS)
			j->wild_peer[j->nwild_peers++] = i;
		if (ds_row_is_wildcard(row))
			j->wild[j->nwild++] = i;
		else
			j->specific[j->nspecific++] = i;
	}
	ds_asker_end(&j->asker);
}

/* The table's order has AF_INET first: v4-mapped addresses are a second run. */
static void sort_specific(struct judge *j)
{
	u32 n = j->nspecific;

	if (n > 1 && (row_at(j, j->specific[0])->flags & DS_ROW_INET6) !=
		     (row_at(j, j->specific[n - 1])->flags & DS_ROW_INET6))
		ds_sort_u32(j->specific, n, cmp_addresses, j);
}

static u32 rival(const struct judge *j, u32 i)
{
	return i < j->nspecific ? j->specific[i] : j->wild[i - j->nspecific];
}

/* The CPUs that packets may be handled on with different results: those named, and one other. */
static bool find_cpus(struct judge *j)
{
	u32 i, n = j->nspecific + j->nwild;
	unsigned int cpu;

	cpumask_clear(j->cpus);
	for (i = 0; i < n; i++) {
		int named = row_at(j, rival(j, i))->cpu;

		if (named >= 0 && named < nr_cpu_ids)
			cpumask_set_cpu(named, j->cpus);
	}
	if (cpumask_empty(j->cpus))
		return false;
	for_each_online_cpu(cpu) {
		if (!cpumask_test_cpu(cpu, j->cpus)) {
			cpumask_set_cpu(cpu, j->cpus);
			break;
		}
	}
	return true;
}

static void judge_rivals(struct judge *j)
{
	unsigned int cpu;
	u32 i, n = j->nspecific + j->nwild;

	sort_specific(j);
	ds_judge_set_scopes(j);
	if (find_cpus(j)) {
		/* one that is off line handles no packets: it fails there, and is left out */
		for_each_cpu(cpu, j->cpus)
			smp_call_on_cpu(cpu, ds_judge_pass, j, false);
	} else {
		ds_judge_pass(j);
	}
	for (i = 0; i < n; i++)
		ds_judge_set_verdict(j, rival(j, i));
}

static void judge_family(struct judge *j)
{
	u32 i;

	for (i = 0; i < j->port.n; i++)
		ds_tally_init(&j->tally[i]);
	find_rivals(j);
	if (j->nspecific + j->nwild == 1 && !j->asker.bpf && !j->old_peers) {
		ds_asker_begin(&j->asker);
		ds_judge_alone(j, rival(j, 0));
		ds_asker_end(&j->asker);
	} else if (j->nspecific + j->nwild) {
		judge_rivals(j);
	}
}

/* A port of several, whose preparation takes time that no RCU read section should last. */
static u32 judge_several(struct judge *j, struct ds_rows *s, u32 first)
	__must_hold(RCU)
{
	u32 end, i;

	ds_asker_end(&j->asker);
	end = ds_same_port(s, first);
	for (i = first; j->asker.bpf && i < end; i++)
		ds_row_ordered(s, i)->flags |= DS_ROW_BPF;
	ds_port_set(&j->port, first, end - first);
	for (j->family = DS_V4; j->family < DS_NFAMILIES; j->family++)
		judge_family(j);
	ds_asker_begin(&j->asker);
	return end;
}

static bool accepts_from_vrf(const struct net *net, enum ds_proto proto)
{
#ifdef CONFIG_NET_L3_MASTER_DEV
	return proto == DS_TCP ? READ_ONCE(net->ipv4.sysctl_tcp_l3mdev_accept) :
				 READ_ONCE(net->ipv4.sysctl_udp_l3mdev_accept);
#else
	return false;
#endif
}

static int collect_places(struct judge *j, struct net *net)
{
	int err;

	ds_asker_set(&j->asker, net);
	ds_places_free(&j->places);
	err = ds_places_collect(&j->places, net);
	if (err)
		return err;
	kvfree(j->place_scope);
	j->place_scope = kvmalloc_array(max(j->places.list[DS_V4].ndevs,
					    j->places.list[DS_V6].ndevs) + 1,
					sizeof(*j->place_scope), DS_GFP);
	return j->place_scope ? 0 : -ENOMEM;
}

/* What is known of a namespace, and of what a protocol's sockets cover in it. */
static int turn_to(struct judge *j, struct ds_rows *s, const struct ds_row *row)
	__must_hold(RCU)
{
	struct net *net = s->net[row->net];
	int err = 0;

	j->seen[DS_V4].valid = false;
	j->seen[DS_V6].valid = false;
	j->accept = accepts_from_vrf(net, row->proto);
	j->proto = row->proto;
	if (j->net != row->net) {
		ds_asker_end(&j->asker);
		err = fatal_signal_pending(current) ? -EINTR : collect_places(j, net);
		ds_asker_begin(&j->asker);
	}
	j->net = row->net;
	return err;
}

/* One question stands for all where a row is alone, and nothing tells packets apart. */
static bool is_lonely(const struct judge *j, const struct ds_rows *s, u32 i)
{
	return ds_alone_on_port(s, i) && !j->asker.bpf &&
	       !(ds_row_ordered(s, i)->flags & DS_ROW_OLD_PEER);
}

static int judge_ports(struct judge *j, struct ds_rows *s)
{
	u32 i = 0;

	ds_asker_begin(&j->asker);
	while (!j->err && i < s->nrows) {
		struct ds_row *row = ds_row_ordered(s, i);

		if (j->net != row->net || j->proto != row->proto)
			j->err = turn_to(j, s, row);
		if (j->err)
			break;
		if (is_lonely(j, s, i)) {
			ds_judge_lonely(j, row);
			i++;
		} else {
			i = judge_several(j, s, i);
		}
		if (!(i % 256) && fatal_signal_pending(current))
			j->err = -EINTR;
	}
	ds_asker_end(&j->asker);
	return j->err;
}

static int alloc_judge(struct judge *j, struct ds_rows *s)
{
	u32 max = s->largest_port;

	j->net = -1;
	j->port.s = s;
	j->specific = kvmalloc_array(max, sizeof(*j->specific), DS_GFP);
	j->wild = kvmalloc_array(max, sizeof(*j->wild), DS_GFP);
	j->tally = kvmalloc_array(max, sizeof(*j->tally), DS_GFP);
	j->wins = kvmalloc_array(max, sizeof(*j->wins), DS_GFP);
	j->scope = kvmalloc_array(max + 1, sizeof(*j->scope), DS_GFP);
	if (!j->specific || !j->wild || !j->tally || !j->wins || !j->scope)
		return -ENOMEM;
	if (!zalloc_cpumask_var(&j->cpus, DS_GFP))
		return -ENOMEM;
	return ds_port_alloc(&j->port, s, max);
}

static void free_judge(struct judge *j)
{
	atomic64_add(j->asker.lookups, &ds_stats.lookups);
	ds_places_free(&j->places);
	ds_port_free(&j->port);
	free_cpumask_var(j->cpus);
	kvfree(j->specific);
	kvfree(j->wild);
	kvfree(j->tally);
	kvfree(j->wins);
	kvfree(j->scope);
	kvfree(j->place_scope);
	kfree(j);
}

/**
 * ds_judge() - fill in the verdicts of a snapshot's rows
 * @s: the sorted snapshot; it holds a reference on each namespace
 *
 * Rows whose socket went away since the walk are marked DS_ROW_GONE.
 *
 * Context: process context; sleeps. Runs attached BPF sk_lookup programs.
 * Return: 0, -ENOMEM or -EINTR.
 */
int ds_judge(struct ds_rows *s)
{
	struct judge *j = kzalloc(sizeof(*j), DS_GFP);
	int err;

	if (!j)
		return -ENOMEM;
	err = alloc_judge(j, s);
	if (!err)
		err = judge_ports(j, s);
	free_judge(j);
	return err;
}

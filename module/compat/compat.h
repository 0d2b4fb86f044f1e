/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything that differs between kernel versions. The files outside of compat/ contain no checks
 * for a version.
 *
 * A difference is detected by a macro or a type if possible. For the others compat/Kbuild.probe
 * searches the headers of the target kernel. So this also works with a vendor's backports.
 *
 * A comment such as "NAME: 5.8, COMMIT" gives the first version that has NAME, and its commit.
 */
#ifndef DUALSTACK_COMPAT_H
#define DUALSTACK_COMPAT_H

#include <linux/cgroup.h>
#include <linux/filter.h>
#include <linux/idr.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/types.h>
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/inet_sock.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/sock_reuseport.h>
#include <net/tcp.h>
#include <net/udp.h>

#if !IS_ENABLED(CONFIG_INET) || !IS_ENABLED(CONFIG_PROC_FS)
#error "dualstack needs a kernel with CONFIG_INET and CONFIG_PROC_FS"
#endif

#ifndef data_race
/* data_race(): 5.8, c48981eeb0d5 ("include/linux/compiler-clang.h: add data_race() ...") */
#define data_race(expr)	(expr)
#endif

/* MPTCP: 5.6, f870fa0b5768 ("mptcp: Add MPTCP socket stubs") */
#ifdef CONFIG_MPTCP
#include <net/mptcp.h>
#define ds_sock_is_mptcp(sk)	sk_is_mptcp(sk)
#else
#define ds_sock_is_mptcp(sk)	false
#endif
#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP	262
#endif

/*
 * Files in proc have operations of their own since 5.6, d56c0d45f0e2 ("proc: decouple proc from VFS
 * with "struct proc_ops""), and proc_read_iter, which splice() needs, since 5.10, fd5a13f4893c.
 */
#ifdef DS_HAVE_PROC_OPS
#define ds_proc_ops	proc_ops
#define ds_proc_open	proc_open
#define ds_proc_write	proc_write
#define ds_proc_lseek	proc_lseek
#define ds_proc_release	proc_release
#else
#define ds_proc_ops	file_operations
#define ds_proc_open	open
#define ds_proc_write	write
#define ds_proc_lseek	llseek
#define ds_proc_release	release
#endif
/* An initializer for the member that the kernel has. */
#ifdef DS_HAVE_PROC_READ_ITER
#define DS_PROC_READ(read_fn, read_iter_fn)	.proc_read_iter = (read_iter_fn)
#elif defined(DS_HAVE_PROC_OPS)
#define DS_PROC_READ(read_fn, read_iter_fn)	.proc_read = (read_fn)
#else
#define DS_PROC_READ(read_fn, read_iter_fn)	.read = (read_fn)
#endif

/* stream_open(): 5.1, 10dce8af3422 ("fs: stream_open - opener for stream-like files ...") */
#ifndef DS_HAVE_STREAM_OPEN
#define stream_open(inode, file)	nonseekable_open(inode, file)
#endif

/* pde_data(): 5.17, 6dfbbae14a7b ("fs: proc: store PDE()->data into inode->i_private") */
#ifndef DS_HAVE_PDE_DATA
#define pde_data(inode)	PDE_DATA(inode)
#endif

/* sock_from_file() has one argument more before 5.11, dba4a9256bb4 ("net: Remove the err ..."). */
static inline struct socket *ds_sock_from_file(struct file *file)
{
#ifdef DS_SOCK_FROM_FILE_TAKES_ERR
	int err;

	return sock_from_file(file, &err);
#else
	return sock_from_file(file);
#endif
}

/*
 * Set an option of a kernel socket. kernel_setsockopt() exists until 5.7, 5a892ff2facb ("net:
 * remove kernel_setsockopt"). Since 5.9, a7b75c5a8c41 ("net: pass a sockptr_t into ->setsockopt"),
 * ->setsockopt() takes kernel memory. 5.8 has neither.
 */
static inline int ds_sock_set(struct socket *sock, int level, int name, int value)
{
#if defined(DS_HAVE_SOCKPTR)
	return sock->ops->setsockopt(sock, level, name, KERNEL_SOCKPTR(&value), sizeof(value));
#elif defined(DS_HAVE_KERNEL_SETSOCKOPT)
	return kernel_setsockopt(sock, level, name, (char *)&value, sizeof(value));
#else
	return -EOPNOTSUPP;
#endif
}

/* Whether a BPF sk_lookup program is attached to a namespace: 5.9, e9ddbb7707ff. */
static inline bool ds_net_has_sk_lookup(const struct net *net)
{
#if defined(DS_HAVE_SK_LOOKUP) && IS_ENABLED(CONFIG_BPF_SYSCALL)
	return rcu_access_pointer(net->bpf.run_array[NETNS_BPF_SK_LOOKUP]);
#else
	return false;
#endif
}

/**
 * struct ds_steered - what the BPF sk_lookup programs decided about a packet
 * @sk: the socket that they selected, ERR_PTR() if they drop it, NULL if they did not decide
 * @alone: @sk itself gets the packet, not another member of its reuseport group
 */
struct ds_steered {
	struct sock *sk;
	bool alone;
};

#if defined(DS_HAVE_SK_LOOKUP) && IS_ENABLED(CONFIG_BPF_SYSCALL)
/* The input device is an argument since 5.17, f89315650ba3 ("bpf: Add ingress_ifindex ..."). */
#ifdef DS_SK_LOOKUP_TAKES_DEVICE
#define ds_run_sk_lookup(fn, net, protocol, saddr, sport, daddr, port, dif, psk) \
	fn(net, protocol, saddr, sport, daddr, port, dif, psk)
#else
#define ds_run_sk_lookup(fn, net, protocol, saddr, sport, daddr, port, dif, psk) \
	fn(net, protocol, saddr, sport, daddr, port, psk)
#endif

/* Run the programs of a namespace. Called under RCU. */
static inline struct ds_steered ds_sk_lookup4(const struct net *net, int protocol, __be32 saddr,
					      __be16 sport, __be32 daddr, u16 port, int dif)
{
	struct ds_steered s = { };

	s.alone = ds_run_sk_lookup(bpf_sk_lookup_run_v4, (struct net *)net, protocol, saddr, sport,
				   daddr, port, dif, &s.sk);
	return s;
}

#if IS_ENABLED(CONFIG_IPV6)
static inline struct ds_steered ds_sk_lookup6(const struct net *net, int protocol,
					      const struct in6_addr *saddr, __be16 sport,
					      const struct in6_addr *daddr, u16 port, int dif)
{
	struct ds_steered s = { };

	s.alone = ds_run_sk_lookup(bpf_sk_lookup_run_v6, (struct net *)net, protocol, saddr, sport,
				   daddr, port, dif, &s.sk);
	return s;
}
#endif
#else
static inline struct ds_steered ds_sk_lookup4(const struct net *net, int protocol, __be32 saddr,
					      __be16 sport, __be32 daddr, u16 port, int dif)
{
	return (struct ds_steered){ };
}
#endif
#if !defined(DS_HAVE_SK_LOOKUP) || !IS_ENABLED(CONFIG_BPF_SYSCALL) || !IS_ENABLED(CONFIG_IPV6)
static inline struct ds_steered ds_sk_lookup6(const struct net *net, int protocol,
					      const struct in6_addr *saddr, __be16 sport,
					      const struct in6_addr *daddr, u16 port, int dif)
{
	return (struct ds_steered){ };
}
#endif

/*
 * An identifier of a reuseport group, not 0. Since 5.7, 035ff358f2d9 ("net: Generate reuseport
 * group ID on group creation"), it is made from the group's id, which does not change. Before, a
 * group has no id until BPF asks for one, so it is the address of the group's memory, which changes
 * when the group grows.
 */
static inline unsigned long ds_reuseport_key(const struct sock_reuseport *reuse)
{
#ifdef DS_REUSEPORT_ID_IS_LAZY
	return (unsigned long)reuse;
#else
	return reuse->reuseport_id + 1UL;
#endif
}

/* find_ge_pid() does the same, but 5.10 does not export it. */
static inline struct pid *ds_find_ge_pid(int nr, struct pid_namespace *ns)
{
	return idr_get_next(&ns->idr, &nr);
}

/*
 * reg_state is a bit field before 6.9, 4d42b37def70 ("net: convert dev->reg_state to u8"), which
 * READ_ONCE() does not support. A stale value does no harm: the device stays in memory meanwhile.
 */
static inline bool ds_dev_registered(const struct net_device *dev)
{
	/* written under the rtnl lock, which is not held here */
	return data_race(dev->reg_state) == NETREG_REGISTERED;
}

/* dev_put() takes no NULL before 5.15. */
static inline void ds_dev_put(struct net_device *dev)
{
	if (dev)
		dev_put(dev);
}

/*
 * tcp_hashinfo is not exported by newer kernels; all kernels have it in net->ipv4.tcp_death_row.
 * That is a pointer from 5.18, fbb8295248e1 ("tcp: allocate tcp_death_row outside of struct
 * netns_ipv4"), to 6.0. It is a member again since 6.1, e9bd0cca09d1.
 */
static inline struct inet_hashinfo *ds_tcp_hashinfo(const struct net *net)
{
#ifdef DS_TCP_DEATH_ROW_IS_POINTER
	return net->ipv4.tcp_death_row->hashinfo;
#else
	return net->ipv4.tcp_death_row.hashinfo;
#endif
}

/*
 * net->ipv4.udp_table: 6.2, ba6aac151677 ("udp: Access &udp_table via net."). Since 9804985bf27f of
 * the same series a namespace may have a table of its own. Before, all share udp_table.
 */
static inline struct udp_table *ds_udp_table(const struct net *net)
{
#ifdef DS_HAVE_NET_UDP_TABLE
	return net->ipv4.udp_table;
#else
	return &udp_table;
#endif
}

/*
 * The chains of lhash2 link sk_nulls_node since 5.19, cae3873c5b3a ("net: inet: Retire port only
 * listening_hash"). Before, they are plain hlists that link icsk_listen_portaddr_node.
 */
#ifdef DS_HAVE_LISTEN_PORTADDR_NODE
#define DS_LISTEN_NODE_OFFSET \
	offsetof(struct inet_connection_sock, icsk_listen_portaddr_node)
#define ds_listen_head(bucket)	(&(bucket)->head)
#else
#define DS_LISTEN_NODE_OFFSET	offsetof(struct sock, sk_nulls_node)
#define ds_listen_head(bucket)	(&(bucket)->nulls_head)
#endif

/*
 * Older lookups take the table as an argument: for TCP before 6.18, cb16f4b6c73d ("tcp: Don't pass
 * hashinfo to socket lookup helpers."); for UDP before 7.1, 68aeb21ef0e1 and deffb85478a4 ("udp:
 * Don't pass udptable to IPv4 socket lookup functions." and the same for IPv6). The argument net is
 * const since 6.12, d4433e8b405a and b9abcbb1239c. The cast is for older kernels.
 */
static inline struct sock *ds_lookup_tcp4(const struct net *net, __be32 saddr, __be16 sport,
					  __be32 daddr, u16 port, int dif, int sdif)
{
	return __inet_lookup_listener((struct net *)net,
#ifdef DS_TCP_LOOKUP_TAKES_TABLE
				      ds_tcp_hashinfo(net),
#endif
				      NULL, 0, saddr, sport, daddr, port, dif, sdif);
}

static inline struct sock *ds_lookup_udp4(const struct net *net, __be32 saddr, __be16 sport,
					  __be32 daddr, u16 port, int dif, int sdif)
{
	return __udp4_lib_lookup((struct net *)net, saddr, sport, daddr, htons(port), dif, sdif,
#ifdef DS_UDP_LOOKUP_TAKES_TABLE
				 ds_udp_table(net),
#endif
				 NULL);
}

/* Find a connection, which may be a request or TIME_WAIT socket. Takes a reference. */
static inline struct sock *ds_lookup_established4(const struct net *net, __be32 saddr,
						  __be16 sport, __be32 daddr, u16 port, int dif,
						  int sdif)
{
	return __inet_lookup_established((struct net *)net,
#ifdef DS_TCP_LOOKUP_TAKES_TABLE
					 ds_tcp_hashinfo(net),
#endif
					 saddr, sport, daddr, port, dif, sdif);
}

#if IS_ENABLED(CONFIG_IPV6)
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/inet6_hashtables.h>
#include <net/ipv6.h>

/* RCU protects the list of groups since 5.13, 88e2ca308094 ("mld: convert ifmcaddr6 to RCU"). */
#ifdef DS_HAVE_RCU_IFMCADDR6
static inline void ds_groups6_lock(struct inet6_dev *idev) { }
static inline void ds_groups6_unlock(struct inet6_dev *idev) { }
#define ds_groups6_first(idev)	rcu_dereference((idev)->mc_list)
#define ds_groups6_next(im)	rcu_dereference((im)->next)
#define ds_sources6_lock(im)	do { } while (0)
#define ds_sources6_unlock(im)	do { } while (0)
#define ds_sources6_first(im)	rcu_dereference((im)->mca_sources)
#define ds_sources6_next(psf)	rcu_dereference((psf)->sf_next)
#define ds_filter6_lock(mc)	do { } while (0)
#define ds_filter6_unlock(mc)	do { } while (0)
#define ds_filter6_list(mc)	rcu_dereference((mc)->sflist)
#else
#define ds_sources6_lock(im)	spin_lock_bh(&(im)->mca_lock)
#define ds_sources6_unlock(im)	spin_unlock_bh(&(im)->mca_lock)
#define ds_sources6_first(im)	((im)->mca_sources)
#define ds_sources6_next(psf)	((psf)->sf_next)
#define ds_filter6_lock(mc)	read_lock_bh(&(mc)->sflock)
#define ds_filter6_unlock(mc)	read_unlock_bh(&(mc)->sflock)
#define ds_filter6_list(mc)	((mc)->sflist)
static inline void ds_groups6_lock(struct inet6_dev *idev)
{
	read_lock_bh(&idev->lock);
}

static inline void ds_groups6_unlock(struct inet6_dev *idev)
{
	read_unlock_bh(&idev->lock);
}

#define ds_groups6_first(idev)	((idev)->mc_list)
#define ds_groups6_next(im)	((im)->next)
#endif

static inline struct sock *ds_lookup_tcp6(const struct net *net, const struct in6_addr *saddr,
					  __be16 sport, const struct in6_addr *daddr, u16 port,
					  int dif, int sdif)
{
	return inet6_lookup_listener((struct net *)net,
#ifdef DS_TCP_LOOKUP_TAKES_TABLE
				     ds_tcp_hashinfo(net),
#endif
				     NULL, 0, saddr, sport, daddr, port, dif, sdif);
}

static inline struct sock *ds_lookup_established6(const struct net *net,
						  const struct in6_addr *saddr, __be16 sport,
						  const struct in6_addr *daddr, u16 port, int dif,
						  int sdif)
{
	return __inet6_lookup_established((struct net *)net,
#ifdef DS_TCP_LOOKUP_TAKES_TABLE
					  ds_tcp_hashinfo(net),
#endif
					  saddr, sport, daddr, port, dif, sdif);
}

static inline struct sock *ds_lookup_udp6(const struct net *net, const struct in6_addr *saddr,
					  __be16 sport, const struct in6_addr *daddr, u16 port,
					  int dif, int sdif)
{
	return __udp6_lib_lookup((struct net *)net, saddr, sport, daddr, htons(port), dif, sdif,
#ifdef DS_UDP_LOOKUP_TAKES_TABLE
				 ds_udp_table(net),
#endif
				 NULL);
}
#else
static inline struct sock *ds_lookup_tcp6(const struct net *net, const struct in6_addr *saddr,
					  __be16 sport, const struct in6_addr *daddr, u16 port,
					  int dif, int sdif)
{
	return NULL;
}

static inline struct sock *ds_lookup_established6(const struct net *net,
						  const struct in6_addr *saddr, __be16 sport,
						  const struct in6_addr *daddr, u16 port, int dif,
						  int sdif)
{
	return NULL;
}

static inline struct sock *ds_lookup_udp6(const struct net *net, const struct in6_addr *saddr,
					  __be16 sport, const struct in6_addr *daddr, u16 port,
					  int dif, int sdif)
{
	return NULL;
}
#endif

/*
 * Since 6.18, 5d6b58c932ec ("net: lockless sock_i_ino()"), the inode number is in sk->sk_ino.
 * Before, sock_i_ino() takes sk_callback_lock. Under RCU this lock is not needed if sockfs frees
 * its inodes after a grace period, as it does since 5.3, 6d7855c54e1e. The headers show only the
 * commit after that, 333f7909a857. RHEL 8 has neither of the two.
 */
static inline u64 ds_sock_inode(const struct sock *sk)
{
#ifdef DS_HAVE_SK_INO
	return READ_ONCE(sk->sk_ino);
#elif !defined(DS_SOCKFS_WAITS_FOR_RCU)
	return sock_i_ino((struct sock *)sk);
#else
	struct socket *sock = READ_ONCE(sk->sk_socket);

	return sock ? SOCK_INODE(sock)->i_ino : 0;
#endif
}

/*
 * sk_drops_read(): 6.18, f86f42ed2c47 ("net: add sk_drops_read(), sk_drops_inc() and
 * sk_drops_reset() helpers"). Since then UDP has more counters, so sk_drops alone is not enough.
 */
static inline u32 ds_sock_drops(const struct sock *sk)
{
#ifdef DS_HAVE_SK_DROPS_READ
	return sk_drops_read(sk);
#else
	return atomic_read(&sk->sk_drops);
#endif
}

/* The inode number of the cgroup's directory; on a 32-bit kernel cgroup_id() is not the same. */
static inline u64 ds_sock_cgroup(const struct sock *sk)
{
#ifdef CONFIG_SOCK_CGROUP_DATA
	struct cgroup *cgroup = sock_cgroup_ptr((struct sock_cgroup_data *)&sk->sk_cgrp_data);

	return cgroup ? cgroup_ino(cgroup) : 0;
#else
	return 0;
#endif
}

/* inet_test_bit(): 6.6, c274af224269 ("inet: introduce inet->inet_flags") */
#ifdef inet_test_bit
#define ds_sock_transparent(sk)	inet_test_bit(TRANSPARENT, sk)
#define ds_sock_freebind(sk)	inet_test_bit(FREEBIND, sk)
#else
#define ds_sock_transparent(sk)	(inet_sk(sk)->transparent)
#define ds_sock_freebind(sk)	(inet_sk(sk)->freebind)
#endif

/* inet6_test_bit(): 6.7, d986f52124e0 ("ipv6: lockless IPV6_MULTICAST_ALL implementation") */
#ifdef inet_test_bit
#define ds_sock_mcall4(sk)	inet_test_bit(MC_ALL, sk)
#else
#define ds_sock_mcall4(sk)	(inet_sk(sk)->mc_all)
#endif
#if !IS_ENABLED(CONFIG_IPV6)
#define ds_sock_mcall6(sk)	true
#elif defined(inet6_test_bit)
#define ds_sock_mcall6(sk)	inet6_test_bit(MC6_ALL, sk)
#else
#define ds_sock_mcall6(sk)	(inet6_sk(sk)->mc_all)
#endif

#endif

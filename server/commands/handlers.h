// What the rows of the command table call; defined in the files of their families.
#ifndef EVLOG_SERVER_COMMANDS_HANDLERS_H_
#define EVLOG_SERVER_COMMANDS_HANDLERS_H_

#include <span>

#include "server/call.h"
#include "server/command_table.h"

namespace evlog::server {

// connection
std::span<const CommandRow> ConnectionRows();
void HandlePing(Call& call);
void HandleEcho(Call& call);
void HandleHello(Call& call);
void HandleAuth(Call& call);
void HandleReset(Call& call);
void HandleQuit(Call& call);
void HandleSelect(Call& call);
void HandleContainer(Call& call);
void HandleClientId(Call& call);
void HandleClientInfo(Call& call);
void HandleClientList(Call& call);
void HandleClientKill(Call& call);
void HandleClientGetname(Call& call);
void HandleClientSetname(Call& call);
void HandleClientSetinfo(Call& call);
void HandleClientReply(Call& call);
void HandleClientUnblock(Call& call);
void HandleClientPause(Call& call);
void HandleClientUnpause(Call& call);
void HandleClientNoEvict(Call& call);
void HandleClientNoTouch(Call& call);
void HandleClientTracking(Call& call);
void HandleClientTrackinginfo(Call& call);
void HandleClientGetredir(Call& call);
void HandleClientCaching(Call& call);
void HandleHelp(Call& call);

// server
std::span<const CommandRow> ServerRows();
void HandleCommand(Call& call);
void HandleCommandCount(Call& call);
void HandleCommandInfo(Call& call);
void HandleCommandDocs(Call& call);
void HandleCommandList(Call& call);
void HandleCommandGetkeys(Call& call);
void HandleInfo(Call& call);
void HandleConfigGet(Call& call);
void HandleConfigSet(Call& call);
void HandleConfigResetstat(Call& call);
void HandleConfigRewrite(Call& call);
void HandleTime(Call& call);
void HandleDbsize(Call& call);
void HandleFlushdb(Call& call);
void HandleFlushall(Call& call);
void HandleSwapdb(Call& call);
void HandleShutdown(Call& call);
void HandleRole(Call& call);
void HandleEmptyArray(Call& call);
void HandleZero(Call& call);
void HandleSlowlogGet(Call& call);
void HandleLatencyDoctor(Call& call);
void HandleOk(Call& call);
void HandleMemoryUsage(Call& call);
void HandleMemoryDoctor(Call& call);
void HandleAclWhoami(Call& call);
void HandleClusterDisabled(Call& call);

// generic
std::span<const CommandRow> GenericRows();
void HandleWait(Call& call);
void HandleWaitaof(Call& call);
void HandleObjectEncoding(Call& call);
void HandleObjectRefcount(Call& call);
void HandleObjectIdletime(Call& call);
void HandleObjectFreq(Call& call);
void HandleType(Call& call);
void HandleExists(Call& call);
void HandleDel(Call& call);
void HandleKeys(Call& call);
void HandleScan(Call& call);
void HandleRandomkey(Call& call);
void HandleExpire(Call& call);
void HandleTtl(Call& call);
void HandlePersist(Call& call);
void HandleRename(Call& call);
void HandleRenamenx(Call& call);
void HandleCopy(Call& call);
void HandleMove(Call& call);

// pubsub
std::span<const CommandRow> PubsubRows();
void HandleSubscribe(Call& call);
void HandleUnsubscribe(Call& call);
void HandlePublish(Call& call);
void HandlePubsubChannels(Call& call);
void HandlePubsubNumsub(Call& call);
void HandlePubsubNumpat(Call& call);
void HandlePubsubShardchannels(Call& call);
void HandlePubsubShardnumsub(Call& call);
bool TryPublish(Call& call);

// transactions
std::span<const CommandRow> TransactionRows();
void HandleMulti(Call& call);
void HandleDiscard(Call& call);
void HandleWatch(Call& call);
void HandleUnwatch(Call& call);

// stream
std::span<const CommandRow> StreamRows();
void HandleXadd(Call& call);
void HandleXlen(Call& call);
bool TryXrange(Call& call);
void HandleXrange(Call& call);
bool TryXread(Call& call);
void HandleXread(Call& call);
void HandleXdel(Call& call);
void HandleXtrim(Call& call);
void HandleXsetid(Call& call);
void HandleXinfoStream(Call& call);
void HandleXcfgset(Call& call);
bool TryXadd(Call& call);

// what Redis has no command for
std::span<const CommandRow> EvlogRows();
void HandleEvlogCreate(Call& call);
void HandleEvlogAlter(Call& call);
void HandleEvlogDescribe(Call& call);
void HandleEvlogTrim(Call& call);
void HandleEvlogGroup(Call& call);
void HandleEvlogBackup(Call& call);
void HandleEvlogBackups(Call& call);
void HandleEvlogDelayed(Call& call);
void HandleEvlogRoute(Call& call);

// stream, consumer groups
std::span<const CommandRow> GroupRows();
void HandleXgroupCreate(Call& call);
void HandleXgroupSetid(Call& call);
void HandleXgroupDestroy(Call& call);
void HandleXgroupCreateconsumer(Call& call);
void HandleXgroupDelconsumer(Call& call);
bool TryXreadgroup(Call& call);
void HandleXreadgroup(Call& call);
bool TryXack(Call& call);
void HandleXack(Call& call);
void HandleXnack(Call& call);
void HandleXackdel(Call& call);
void HandleXdelex(Call& call);
void HandleXpending(Call& call);
void HandleXclaim(Call& call);
void HandleXautoclaim(Call& call);
void HandleXinfoGroups(Call& call);
void HandleXinfoConsumers(Call& call);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_HANDLERS_H_

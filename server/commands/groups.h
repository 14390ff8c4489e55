// What the commands on consumer groups share.
#ifndef EVLOG_SERVER_COMMANDS_GROUPS_H_
#define EVLOG_SERVER_COMMANDS_GROUPS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/event_log.h"
#include "server/call.h"

namespace evlog::server {

// How a command words that there is no such key or group, as Redis' do.
enum class NoGroup : uint8_t {
  kOfXgroup,    // XGROUP's and XINFO's, where the key is there
  kOfRead,      // XREADGROUP's
  kOfClaiming,  // XPENDING's, XCLAIM's and XAUTOCLAIM's
};
std::string NoGroupText(NoGroup words, std::string_view key, std::string_view group);

// The group of a stream that has not expired. Errors: NOT_FOUND: one of the two is missing.
absl::StatusOr<Group> OpenGroupOf(const Call& call, std::string_view key, std::string_view group);
// The same for commands that cannot do without: nullopt when it has replied with the error.
std::optional<Group> RequireGroup(Call& call, std::string_view key, std::string_view group,
                                  NoGroup words);

// Groups of this server as Redis has them: nothing comes again but to claims. As durable as its
// streams are.
GroupOptions GroupOptionsFor(const Call& call);
// Makes a group of the key at args[at] by the name at args[at + 1], from the id or `$` behind it,
// and replies.
void CreateGroupOf(Call& call, size_t at, const GroupOptions& options, bool make_stream);

// Describes the group, its consumers by name.
absl::StatusOr<GroupDescription> DescribeGroup(Group& group);

// Parses args[from..to) as ids. False when it has replied with the error.
bool ParseIds(Call& call, size_t from, size_t to, std::vector<EntryId>* ids);

// Writes entries as XREADGROUP and XCLAIM do, one after the other, and answers how many.
// `with_claim`: each with its idle time and how often it was delivered before.
size_t WriteDeliveries(RespWriter& reply, const Deliveries& deliveries, bool with_claim);
// The groups of a stream as XINFO STREAM FULL shows them, with at most `count` pending entries
// each.
void WriteFullGroups(Call& call, std::string_view key, uint64_t count);
// Only the ids.
size_t WriteDeliveredIds(RespWriter& reply, const Deliveries& deliveries);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_COMMANDS_GROUPS_H_

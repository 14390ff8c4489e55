// Telling subscribers what happens to keys: `__keyspace@DB__:KEY` gets the event, and
// `__keyevent@DB__:EVENT` the key, as notify-keyspace-events says.
// Source: https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/
#ifndef EVLOG_SERVER_KEYSPACE_EVENTS_H_
#define EVLOG_SERVER_KEYSPACE_EVENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evlog::server {

class Core;
struct Call;

using EventClasses = uint32_t;
inline constexpr EventClasses kEventKeyspace = 1 << 0;  // K
inline constexpr EventClasses kEventKeyevent = 1 << 1;  // E
inline constexpr EventClasses kEventGeneric = 1 << 2;   // g
inline constexpr EventClasses kEventExpired = 1 << 3;   // x
inline constexpr EventClasses kEventStream = 1 << 4;    // t
inline constexpr EventClasses kEventNew = 1 << 5;       // n, not part of A

// The value of notify-keyspace-events; also classes of types and reasons that there are none of
// here. nullopt: it has a letter that means nothing.
std::optional<EventClasses> ParseEventClasses(std::string_view text);
// As CONFIG GET shows it.
std::string ShowEventClasses(EventClasses classes);

// Whether somebody is told of events of that class.
bool WantsKeyspaceEvent(const Call& call, EventClasses event_class);
void NotifyKeyspace(const Call& call, EventClasses event_class, std::string_view event,
                    std::string_view key);
// The same of a key of another database; and for who has no call. From any thread, without a lock.
void NotifyKeyspace(Core& core, int database, EventClasses event_class, std::string_view event,
                    std::string_view key);

}  // namespace evlog::server

#endif  // EVLOG_SERVER_KEYSPACE_EVENTS_H_

#include "server/keyspace_events.h"

#include <fmt/format.h>

#include "server/call.h"
#include "server/core.h"
#include "server/topics.h"

namespace evlog::server {

namespace {

// In the order in which CONFIG GET shows them; those of types and reasons that there are none of
// have no name.
struct Letter {
  char letter;
  EventClasses event_class;
};
constexpr EventClasses kOther = 1 << 16;  // and those above: one bit for each letter
constexpr Letter kLetters[] = {
    {'g', kEventGeneric}, {'$', kOther << 0}, {'l', kOther << 1},   {'s', kOther << 2},
    {'h', kOther << 3},   {'z', kOther << 4}, {'x', kEventExpired}, {'e', kOther << 5},
    {'t', kEventStream},  {'d', kOther << 6},
};
// Not part of A.
constexpr Letter kMoreLetters[] = {
    {'K', kEventKeyspace}, {'E', kEventKeyevent}, {'m', kOther << 7}, {'n', kEventNew}};

constexpr EventClasses All() {
  EventClasses all = 0;
  for (const Letter& letter : kLetters) all |= letter.event_class;
  return all;
}

}  // namespace

std::optional<EventClasses> ParseEventClasses(std::string_view text) {
  EventClasses classes = 0;
  for (const char c : text) {
    EventClasses found = c == 'A' ? All() : 0;
    for (const Letter& letter : kLetters) found |= letter.letter == c ? letter.event_class : 0;
    for (const Letter& letter : kMoreLetters) found |= letter.letter == c ? letter.event_class : 0;
    if (found == 0) return std::nullopt;
    classes |= found;
  }
  return classes;
}

std::string ShowEventClasses(EventClasses classes) {
  std::string text;
  if ((classes & All()) == All()) {
    text = "A";
  } else {
    for (const Letter& letter : kLetters) {
      if ((classes & letter.event_class) != 0) text += letter.letter;
    }
  }
  for (const Letter& letter : kMoreLetters) {
    if ((classes & letter.event_class) != 0) text += letter.letter;
  }
  return text;
}

bool WantsKeyspaceEvent(const Call& call, EventClasses event_class) {
  return (call.core.settings().event_classes() & event_class) != 0;
}

void NotifyKeyspace(Core& core, int database, EventClasses event_class, std::string_view event,
                    std::string_view key) {
  const EventClasses classes = core.settings().event_classes();
  if ((classes & event_class) == 0) return;
  Channels& channels = core.log(0).channels();
  const auto publish = [&channels](const std::string& channel, std::string_view message) {
    channels.Publish(channel, message).status().IgnoreError();
  };
  const auto publish_both = [=, name = std::string(key), what = std::string(event)] {
    if ((classes & kEventKeyspace) != 0) {
      publish(fmt::format("__keyspace@{}__:{}", database, name), what);
    }
    if ((classes & kEventKeyevent) != 0) {
      publish(fmt::format("__keyevent@{}__:{}", database, what), name);
    }
    Topics::TakeExtraReceivers();
  };
  // A route may append what is published, and wait for the disk, which an io thread must not.
  if (channels.CountRoutes() == 0) return publish_both();
  core.pool().Post(publish_both);
}

void NotifyKeyspace(const Call& call, EventClasses event_class, std::string_view event,
                    std::string_view key) {
  NotifyKeyspace(call.core, call.database, event_class, event, key);
}

}  // namespace evlog::server

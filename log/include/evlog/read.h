// What to read: a stream or one partition of it, or all streams of a pattern; from where, until
// where, in which direction.
#ifndef EVLOG_READ_H_
#define EVLOG_READ_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "evlog/entry_id.h"
#include "evlog/position.h"

namespace evlog {

// A place between entries. `From(x)` starts at x; `until` ends with x, unless said otherwise.
class Bound {
 public:
  enum class Kind : uint8_t { kBegin, kEnd, kId, kExclusiveId, kOffset, kTime, kLast };

  // Before the oldest entry.
  static Bound Begin() { return Bound(Kind::kBegin); }
  // After the newest entry that readers see at the call of Read. As `from` it means "only what
  // comes now"; as `until` it ends the cursor there instead of following.
  static Bound End() { return Bound(Kind::kEnd); }
  // From that id on, or until that id, which need not exist; it is included.
  static Bound Id(EntryId id) { return Bound(Kind::kId, id); }
  // From after that id on, or until before it.
  static Bound ExclusiveId(EntryId id) { return Bound(Kind::kExclusiveId, id); }
  // From (until) that offset, included. One partition only: on a stream of several partitions Read
  // answers INVALID_ARGUMENT unless the request names a partition.
  static Bound Offset(uint64_t offset) { return Bound(Kind::kOffset, EntryId{0, offset}); }
  // From the first entry whose id has that time or a later one; until the last entry before that
  // time (a range [from, until) of times). Times are cut to milliseconds.
  static Bound Time(absl::Time time);
  // From the entry that has n - 1 newer ones at the call of Read; only as `from`.
  static Bound Last(uint64_t n) { return Bound(Kind::kLast, EntryId{0, n}); }

  Kind kind() const { return kind_; }
  EntryId id() const { return id_; }           // kId, kExclusiveId; kTime as {ms, 0}
  uint64_t number() const { return id_.seq; }  // kOffset, kLast

 private:
  explicit Bound(Kind kind, EntryId id = {}) : kind_(kind), id_(id) {}

  Kind kind_;
  EntryId id_;
};

enum class Direction : uint8_t { kForward, kBackward };

// What a cursor does when entries that it had not come to yet were trimmed.
enum class OnTrimmed : uint8_t {
  kError,  // Next answers OUT_OF_RANGE once, naming the first entry there is; the next call goes on
  kSkip,   // goes on there; ChunkView::gap says how many are missing before the view
};

struct ReadRequest {
  // One of the two. A pattern is a Redis glob (* ? [a-z] [^x] and \ to escape) over the names of
  // the streams of this database, as they are when the cursor comes to an entry; those that are
  // created later are among them. Their entries come in the order in which they were committed.
  std::string stream = {};
  std::optional<std::string> pattern = std::nullopt;
  // One partition, in offset order; without it all of them, merged by id.
  std::optional<uint16_t> partition = std::nullopt;
  Bound from = Bound::Begin();
  // Without `until` a forward cursor can follow: at the end it waits for more as long as Next may.
  std::optional<Bound> until = std::nullopt;
  // kBackward hands out the same entries, newest first, beginning at `until` or else at the newest
  // one that readers see at the call of Read.
  Direction direction = Direction::kForward;
  // At most so many entries.
  uint64_t limit = UINT64_MAX;
  // Beginning below the first entry is no gap, but with Bound::Offset.
  OnTrimmed on_trimmed = OnTrimmed::kError;

  // ---- with a pattern
  // Only what was committed after it. Of the above then only Bound::Begin (Bound::End without
  // `after`) may be `from`, and Bound::End `until`; `limit` holds; `partition` and kBackward are
  // refused. Trimmed entries are left out without a word, whatever `on_trimmed` says.
  std::optional<Position> after = std::nullopt;
};

// The pattern that matches that name only.
std::string QuotePattern(std::string_view name);

}  // namespace evlog

#endif  // EVLOG_READ_H_

#include "groups/growing_record.h"

#include <utility>

#include "groups/group_journal.h"

namespace evlog {

void GrowingRecord::Add(const GroupChange& change, Done done) {
  change_.Add(change);
  if (done) ends_.push_back(std::move(done));
}

Row GrowingRecord::Finish() {
  const GroupChange change = std::exchange(change_, {});
  return JournalRow(id_, sequence_, EncodeJournalRecord(sequence_, oldest_, change));
}

void GrowingRecord::End(const absl::Status& status) {
  for (Done& done : std::exchange(ends_, {})) std::move(done)(status);
}

}  // namespace evlog

#include "evlog/cursor.h"

#include <utility>

#include "embedded/cursor_impl.h"
#include "embedded/here.h"
#include "embedded/stream_impl.h"

namespace evlog {

Cursor::Cursor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

absl::StatusOr<bool> Cursor::Next(ChunkView* view, absl::Time deadline, std::stop_token stop) {
  return impl_->Next(view, deadline, stop);
}

const std::string& Cursor::stream() const { return impl_->stream(); }

std::optional<Cursor> Here::Read(const Stream& stream, const ReadRequest& request) {
  std::shared_ptr<Log> log = stream.impl_->log.lock();
  if (log == nullptr) return std::nullopt;
  const std::shared_ptr<StreamState>& state = stream.impl_->state;
  std::unique_ptr<StreamReader> reader = log->ReadInMemory(state, request, kEntriesMax);
  if (reader == nullptr) return std::nullopt;
  return Cursor(std::make_unique<Cursor::Impl>(std::move(log), state, std::move(reader)));
}

Position Cursor::position(uint32_t entries) const { return impl_->position(entries); }

}  // namespace evlog

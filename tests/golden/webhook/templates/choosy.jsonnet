local event = import 'lytemplates.libsonnet';
local tag = event.get('tag');
if tag == 'quiet' then null
else if tag == 'bad' then error 'no tag of ours'
else { who: event.profile_id, at: event.audience }

// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IStakingPool
/// @notice Funds membership features that come with staking (spec row A7), by a schedule that anyone may carry out.
/// @dev Amounts are BTSc wei, shares basis points, times unix seconds. Per epoch, `releaseShare` of what the pool holds
/// goes to the recipients in their shares; nothing else leaves it. A recipient that the token refuses (it is on the
/// token's blacklist, say) stops nobody else: its part stays in the pool, and the next epoch divides it with the rest.
/// A caller who brings too little gas can't turn a payment into a refusal: a 64th of it, which a failed transfer leaves,
/// does not suffice to go on as long as a transfer takes less than 100,000.
interface IStakingPool {
    /// @notice Somebody who funds staking-related features from here.
    struct Recipient {
        address account;
        uint16 share;
    }

    /// @notice `amount` went to a recipient.
    event RecipientPaid(uint256 indexed epoch, address indexed account, uint256 amount);
    /// @notice The token refused to send `amount` to a recipient: it stayed in the pool.
    event RecipientRefused(uint256 indexed epoch, address indexed account, uint256 amount);
    /// @notice An epoch's part was released, `amount` in all that recipients were paid; then what the pool holds.
    event Released(uint256 indexed epoch, uint256 amount, uint256 balance);
    /// @notice The recipients after the change; shares add up to 10,000.
    event RecipientsChanged(Recipient[] recipients);
    /// @notice The share of the balance that an epoch releases, after the change (basis points).
    event ReleaseShareChanged(uint16 releaseShare);

    /// @notice An epoch releases once.
    error EpochAlreadyReleased(uint256 epoch);
    /// @notice There is nothing to release.
    error NothingToRelease();
    /// @notice The token refused every recipient: the epoch stays open.
    error AllRefused(uint256 epoch);
    /// @notice Shares must add up to 10,000, over 1 to 8 recipients, none zero or this contract, none with no share.
    /// `index` is that of the first which is wrong, or the number of recipients when it is the list as a whole.
    error RecipientsInvalid(uint256 index);
    /// @notice A parameter lies outside its immutable bounds.
    error ParameterOutOfBounds(uint256 value, uint256 minimum, uint256 maximum);

    /// @notice Sends the present epoch's part to the recipients. Anyone may call, once per epoch.
    /// @return amount What they were paid in all.
    function release() external returns (uint256 amount);

    /// @notice Sets who receives which share. Restricted to a delayed role.
    function setRecipients(Recipient[] calldata newRecipients) external;

    /// @notice Sets the share of the balance that an epoch releases (basis points). Restricted to a delayed role.
    function setReleaseShare(uint16 newShare) external;

    /// @notice Who receives which share.
    function recipients() external view returns (Recipient[] memory);

    /// @notice The share of the balance that an epoch releases (basis points).
    function releaseShare() external view returns (uint16);

    /// @notice The last epoch that was released; 0 before the first.
    function lastReleasedEpoch() external view returns (uint256);

    /// @notice The number of the present epoch: unix time divided by `epochLength`.
    function currentEpoch() external view returns (uint256);

    /// @notice The length of an epoch in seconds.
    function epochLength() external view returns (uint40);

    /// @notice The token that is held.
    function token() external view returns (IERC20);
}
